import { Heap } from '@mttcg/atomic';
import { CpuCommon, type CpuHost, type TlbControl } from '@mttcg/softmmu';
import { ArmCpu } from '../../src/cpu/cpu.ts';
import { ENV_SIZE } from '../../src/cpu/env.ts';

/** What the CPU asked of the TLB, one line per call. */
export class FakeTlb implements TlbControl {
  readonly calls: string[] = [];
  /** Answer of probe(): host address, 0 or -1. */
  probeResult = 0;

  take(): string[] {
    return this.calls.splice(0);
  }
  setPage(lo: number, hi: number, pa: number, prot: number, mmuIdx: number, pageSize: number): void {
    this.calls.push(`set ${hex(lo, hi)} pa ${pa.toString(16)} prot ${prot} idx ${mmuIdx} size ${pageSize}`);
  }
  flushAll(): void {
    this.calls.push('all');
  }
  flushByMmuIdx(mask: number): void {
    this.calls.push(`idx ${mask}`);
  }
  flushPageByMmuIdx(lo: number, hi: number, mask: number): void {
    this.calls.push(`page ${hex(lo, hi)} idx ${mask}`);
  }
  flushRangeByMmuIdx(lo: number, hi: number, bytes: number, mask: number): void {
    this.calls.push(`range ${hex(lo, hi)}+${bytes.toString(16)} idx ${mask}`);
  }
  flushByMmuIdxAllCpusSynced(mask: number): void {
    this.calls.push(`everywhere idx ${mask}`);
  }
  flushPageByMmuIdxAllCpusSynced(lo: number, hi: number, mask: number): void {
    this.calls.push(`everywhere page ${hex(lo, hi)} idx ${mask}`);
  }
  flushRangeByMmuIdxAllCpusSynced(lo: number, hi: number, bytes: number, mask: number): void {
    this.calls.push(`everywhere range ${hex(lo, hi)}+${bytes.toString(16)} idx ${mask}`);
  }
  probe(): number {
    return this.probeResult;
  }
}

export function hex(lo: number, hi: number): string {
  return ((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16);
}

/** A machine of vCPUs without a machine: state blocks, a window of RAM, recorded calls, a clock set by hand. */
export class FakeMachine {
  readonly heap: Heap;
  readonly cpus: ArmCpu[] = [];
  readonly tlbs: FakeTlb[] = [];
  readonly outputs = new Map<string, number>();
  readonly deadlines = new Map<string, number>();
  readonly kicks: string[] = [];
  readonly log: string[] = [];
  readonly shutdowns: string[] = [];
  now = 0;
  lockDepth = 0;
  readonly ramHostBase: number;

  constructor(model: string, cpuCount: number, ramBase: number, ramSize: number) {
    const stride = (ENV_SIZE + 63) & ~63;
    this.ramHostBase = (stride * (cpuCount + 1) + 0xffff) & ~0xffff;
    this.heap = new Heap(new SharedArrayBuffer(this.ramHostBase + ramSize));
    const envOf = (cpu: number): number => stride * (cpu + 1);
    for (let cpuIndex = 0; cpuIndex < cpuCount; cpuIndex++) {
      const tlb = new FakeTlb();
      const host: CpuHost = {
        heap: this.heap,
        env: envOf(cpuIndex),
        cpuIndex,
        cpuCount,
        envOf,
        nowNs: () => this.now,
        setTimer: (timer, at) => void this.deadlines.set(`${cpuIndex}:${timer}`, at),
        setOutput: (line, level) => void this.outputs.set(`${cpuIndex}:${line}`, level),
        interruptCpu: (cpu, bits) => {
          this.heap.i32[(envOf(cpu) + CpuCommon.offset.interruptRequest) >>> 2]! |= bits;
          this.kicks.push(`${cpu}:${bits}`);
        },
        lock: () => void this.lockDepth++,
        unlock: () => void this.lockDepth--,
        shutdown: (reason) => void this.shutdowns.push(reason),
        log: (mask, text) => void this.log.push(`${mask}: ${text}`),
        tlb,
        ramHost: (pa, size) => (pa >= ramBase && pa + size <= ramBase + ramSize ? this.ramHostBase + (pa - ramBase) : -1),
      };
      const cpu = new ArmCpu(host, model);
      cpu.reset();
      this.cpus.push(cpu);
      this.tlbs.push(tlb);
    }
    this.deadlines.clear();
    this.outputs.clear();
  }
}

/** Reads a 64-bit field of the state block. */
export function get64(cpu: ArmCpu, offset: number): bigint {
  return cpu.heap.u64[(cpu.env + offset) >>> 3]!;
}

export function set64(cpu: ArmCpu, offset: number, value: bigint): void {
  cpu.heap.u64[(cpu.env + offset) >>> 3] = BigInt.asUintN(64, value);
}
