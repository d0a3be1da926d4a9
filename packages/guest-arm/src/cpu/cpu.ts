import type { Heap } from '@mttcg/atomic';
import { CpuCommon, type CpuHost, type GuestCpu, type TbKey } from '@mttcg/softmmu';
import { returnFromException } from './eret.ts';
import { deliver } from './exception.ts';
import { dumpState } from './dump.ts';
import { ENV, PowerState } from './env.ts';
import { hasPendingWork, takeInterrupt } from './interrupt.ts';
import { findModel, type ArmModel } from './models.ts';
import { resetCpu } from './reset.ts';
import { flagsMmuIdx, updateTbFlags } from './tb-flags.ts';
import { timerExpired } from './timers.ts';
import { tlbFill, raiseExternalAbort, raiseAlignment, raiseUnsupportedAtomic } from '../mmu/fill.ts';
import { WalkResult } from '../mmu/walk.ts';

const C = CpuCommon.offset;

/** How guests reach PSCI. */
export type PsciConduit = 'hvc' | 'smc' | 'none';

/**
 * A vCPU of an A64-only Arm CPU with EL0 and EL1. All guest state lies in the state block; the object itself may exist
 * in several threads, and its own fields are only caches of constants and scratch of the current call.
 */
export class ArmCpu implements GuestCpu {
  readonly host: CpuHost;
  readonly heap: Heap;
  readonly env: number;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
  readonly model: ArmModel;
  /** Feature bits (Feature). */
  readonly features: number;
  psciConduit: PsciConduit = 'hvc';
  /** High word of what a system register's read function returned. */
  valHi = 0;
  readonly walk: WalkResult = new WalkResult();
  /** Exceptions are logged (mask `int`); a host without `logs()` gets them always. */
  readonly logsInt: boolean;

  /** @throws Error for a model that `ARM_MODELS` does not list */
  constructor(host: CpuHost, model: string) {
    this.host = host;
    this.heap = host.heap;
    this.env = host.env;
    this.i32 = host.heap.i32;
    this.u32 = host.heap.u32;
    this.f64 = host.heap.f64;
    this.model = findModel(model);
    this.features = this.model.features;
    const { logs } = host as { logs?: (mask: string) => boolean };
    this.logsInt = logs === undefined || logs.call(host, 'int');
  }

  /** 32-bit word of the state block at an offset from env, signed. */
  word(offset: number): number {
    return this.i32[(this.env + offset) >>> 2]!;
  }

  setWord(offset: number, value: number): void {
    this.i32[(this.env + offset) >>> 2] = value;
  }

  /** Sets a 64-bit field. */
  setPair(offset: number, lo: number, hi: number): void {
    const i = (this.env + offset) >>> 2;
    this.i32[i] = lo;
    this.i32[i + 1] = hi;
  }

  /** Reads a 64-bit field: returns the low word, leaves the high one in valHi. */
  load64(offset: number): number {
    const i = (this.env + offset) >>> 2;
    this.valHi = this.i32[i + 1]!;
    return this.i32[i]!;
  }

  reset(): void {
    resetCpu(this);
  }

  boot(entry: number, argument: number): void {
    this.setPair(ENV.pc, entry | 0, Math.floor(entry / 4294967296) | 0);
    this.setPair(ENV.x, argument | 0, Math.floor(argument / 4294967296) | 0);
  }

  tbKey(out: TbKey): void {
    canonicalizePc(this);
    const i = (this.env + ENV.pc) >>> 2;
    out.pcLo = this.i32[i]!;
    out.pcHi = this.i32[i + 1]!;
    out.flags = this.word(ENV.tbFlags);
    out.mmuIdx = flagsMmuIdx(out.flags);
    out.csBase = 0;
  }

  deliverException(): void {
    const excp = this.word(C.exceptionIndex);
    this.setWord(C.exceptionIndex, -1);
    deliver(this, excp);
  }

  interrupt(): boolean {
    return takeInterrupt(this);
  }

  hasWork(): boolean {
    return hasPendingWork(this);
  }

  timerExpired(timer: number): void {
    timerExpired(this, timer);
  }

  tlbFill(addrLo: number, addrHi: number, access: number, mmuIdx: number, size: number, probe: boolean): boolean {
    return tlbFill(this, addrLo, addrHi, access, mmuIdx, size, probe);
  }

  unalignedAccess(addrLo: number, addrHi: number, access: number, mmuIdx: number): void {
    raiseAlignment(this, addrLo, addrHi, access, mmuIdx);
  }

  transactionFailed(_pa: number, addrLo: number, addrHi: number, _size: number, access: number, mmuIdx: number): boolean {
    raiseExternalAbort(this, addrLo, addrHi, access, mmuIdx);
    return true;
  }

  unsupportedAtomic(addrLo: number, addrHi: number, _mmuIdx: number): boolean {
    raiseUnsupportedAtomic(this, addrLo, addrHi);
    return true;
  }

  dumpState(): string {
    return dumpState(this);
  }

  /** ERET. */
  exceptionReturn(): void {
    returnFromException(this);
  }

  updateTbFlags(): void {
    updateTbFlags(this.i32, this.env);
  }

  get isPoweredOff(): boolean {
    return this.word(ENV.powerState) !== PowerState.ON;
  }
}

/**
 * Addresses with a tag (TBI) reach pc as they are; here, where a TB is looked up, the tag goes (Arm ARM D8.8,
 * AArch64.BranchAddr), so that branches need not look at TCR.
 */
function canonicalizePc(cpu: ArmCpu): void {
  const i = (cpu.env + ENV.pc) >>> 2;
  const hi = cpu.i32[i + 1]!;
  const want = (hi << 8) >> 8;
  if (hi === want) return;
  const upper = (hi & (1 << 23)) !== 0;
  const tbi = cpu.word(ENV.tcr + 4) & (upper ? 1 << 6 : 1 << 5);
  if (tbi === 0) return;
  // With a tag on an EL0 or lower-range address only bits 63-56 go; the upper range is sign-extended.
  cpu.i32[i + 1] = want;
}
