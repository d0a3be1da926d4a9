import { CpuCommon, InterruptBit } from '@mttcg/softmmu';
import type { ArmCpu } from './cpu.ts';
import { ENV, PowerState, xOffset } from './env.ts';
import { mpidrOf, resetCpu } from './reset.ts';

const C = CpuCommon.offset;

/** Function identifiers (PSCI, Arm DEN 0022; SMCCC, DEN 0028). Bit 30 chooses the 64-bit calling convention. */
const Fn = {
  VERSION: 0x84000000,
  CPU_SUSPEND: 0x84000001,
  CPU_OFF: 0x84000002,
  CPU_ON: 0x84000003,
  AFFINITY_INFO: 0x84000004,
  MIGRATE: 0x84000005,
  MIGRATE_INFO_TYPE: 0x84000006,
  SYSTEM_OFF: 0x84000008,
  SYSTEM_RESET: 0x84000009,
  FEATURES: 0x8400000a,
  // Numbers of PSCI 0.1, which had none of its own; the virt board's device tree names these.
  V01_CPU_SUSPEND: 0x95c1ba5e,
  V01_CPU_OFF: 0x95c1ba5f,
  V01_CPU_ON: 0x95c1ba60,
  V01_MIGRATE: 0x95c1ba61,
} as const;

const SMC64 = 0x40000000;

const Ret = {
  SUCCESS: 0,
  NOT_SUPPORTED: -1,
  INVALID_PARAMETERS: -2,
  DENIED: -3,
  ALREADY_ON: -4,
  ON_PENDING: -5,
} as const;

/** Major 1, minor 1. */
const PSCI_VERSION = 0x10001;
/** No trusted OS that would need migration. */
const TRUSTED_OS_NONE = 2;

/** Functions by their 32-bit number, for FEATURES. Those with a 64-bit variant have it too. */
const SUPPORTED: ReadonlySet<number> = new Set([
  Fn.VERSION, Fn.CPU_SUSPEND, Fn.CPU_OFF, Fn.CPU_ON, Fn.AFFINITY_INFO, Fn.MIGRATE_INFO_TYPE, Fn.SYSTEM_OFF,
  Fn.SYSTEM_RESET, Fn.FEATURES,
]);
const HAS_64BIT: ReadonlySet<number> = new Set([Fn.CPU_SUSPEND, Fn.CPU_ON, Fn.AFFINITY_INFO]);

/** 32-bit function number of a call, or -1 for a 64-bit number of a function that has no such variant. */
function baseFunction(id: number): number {
  if ((id & SMC64) === 0 || (id >>> 24) !== 0xc4) return id;
  const base = (id & ~SMC64) >>> 0;
  return HAS_64BIT.has(base) ? base : -1;
}

/**
 * The HVC or SMC of the conduit: a PSCI call with function in W0, arguments in X1-X3, result in X0. Unknown functions
 * return NOT_SUPPORTED. pc is already behind the instruction.
 */
export function psciCall(cpu: ArmCpu): void {
  const id = cpu.word(xOffset(0)) >>> 0;
  const fn = baseFunction(id);
  const wide = (id & SMC64) !== 0 && (id >>> 24) === 0xc4 || (id >>> 24) === 0x95;
  const lo = (n: number): number => cpu.word(xOffset(n));
  const hi = (n: number): number => (wide ? cpu.word(xOffset(n) + 4) : 0);
  cpu.host.lock();
  const result = call(cpu, fn, lo, hi);
  cpu.host.unlock();
  cpu.setPair(xOffset(0), result, result >> 31);
}

type Arg = (n: number) => number;

function call(cpu: ArmCpu, fn: number, lo: Arg, hi: Arg): number {
  switch (fn) {
    case Fn.VERSION:
      return PSCI_VERSION;
    case Fn.MIGRATE_INFO_TYPE:
      return TRUSTED_OS_NONE;
    case Fn.FEATURES: {
      const asked = lo(1) >>> 0;
      return SUPPORTED.has(baseFunction(asked)) ? Ret.SUCCESS : Ret.NOT_SUPPORTED;
    }
    case Fn.AFFINITY_INFO:
      return affinityInfo(cpu, lo(1), hi(1), lo(2));
    case Fn.CPU_ON:
    case Fn.V01_CPU_ON:
      return cpuOn(cpu, lo, hi);
    case Fn.CPU_OFF:
    case Fn.V01_CPU_OFF:
      powerOff(cpu);
      return Ret.SUCCESS;
    case Fn.CPU_SUSPEND:
    case Fn.V01_CPU_SUSPEND:
      return suspend(cpu, lo(1));
    case Fn.SYSTEM_OFF:
      cpu.host.shutdown('poweroff');
      powerOff(cpu);
      return Ret.SUCCESS;
    case Fn.SYSTEM_RESET:
      cpu.host.shutdown('reset');
      powerOff(cpu);
      return Ret.SUCCESS;
    default:
      return Ret.NOT_SUPPORTED;
  }
}

/** Index of the vCPU with the affinity fields of an MPIDR value, -1 for none. */
function cpuByMpidr(cpu: ArmCpu, lo: number, hi: number): number {
  if ((hi & 0xff) !== 0) return -1;
  for (let i = 0; i < cpu.host.cpuCount; i++) {
    if ((mpidrOf(i) & 0xffffff) === (lo & 0xffffff)) return i;
  }
  return -1;
}

function affinityInfo(cpu: ArmCpu, lo: number, hi: number, level: number): number {
  // Above level 0 the parts of the system are on, since the caller is.
  if (level !== 0) return level > 0 && level <= 3 ? PowerState.ON : Ret.INVALID_PARAMETERS;
  const target = cpuByMpidr(cpu, lo, hi);
  if (target < 0) return Ret.INVALID_PARAMETERS;
  return cpu.i32[(cpu.host.envOf(target) + ENV.powerState) >>> 2]!;
}

function cpuOn(cpu: ArmCpu, lo: Arg, hi: Arg): number {
  const target = cpuByMpidr(cpu, lo(1), hi(1));
  if (target < 0) return Ret.INVALID_PARAMETERS;
  const { i32 } = cpu;
  const env = cpu.host.envOf(target);
  const state = i32[(env + ENV.powerState) >>> 2]!;
  if (state === PowerState.ON) return Ret.ALREADY_ON;
  if (state === PowerState.ON_PENDING) return Ret.ON_PENDING;
  i32[(env + ENV.onEntry) >>> 2] = lo(2);
  i32[(env + ENV.onEntry + 4) >>> 2] = hi(2);
  i32[(env + ENV.onContext) >>> 2] = lo(3);
  i32[(env + ENV.onContext + 4) >>> 2] = hi(3);
  i32[(env + ENV.powerState) >>> 2] = PowerState.ON_PENDING;
  i32[(env + ENV.onPending) >>> 2] = 1;
  cpu.host.interruptCpu(target, InterruptBit.EXIT_TB);
  return Ret.SUCCESS;
}

/** Stops this vCPU until another's CPU_ON. */
function powerOff(cpu: ArmCpu): void {
  cpu.setWord(ENV.powerState, PowerState.OFF);
  cpu.setWord(C.halted, 1);
}

/** A standby or power-down state is entered as WFI; power-down may always be refused in favour of it. */
function suspend(cpu: ArmCpu, state: number): number {
  if ((state & 0xfffe0000) !== 0) return Ret.INVALID_PARAMETERS;
  if (!cpu.hasWork()) cpu.setWord(C.halted, 1);
  return Ret.SUCCESS;
}

/** The target's half of CPU_ON, on its own thread under the big lock: EL1h, MMU off, at the entry point. */
export function applyPowerOn(cpu: ArmCpu): void {
  const { i32 } = cpu;
  const at = (offset: number): number => i32[(cpu.env + offset) >>> 2]!;
  const entryLo = at(ENV.onEntry), entryHi = at(ENV.onEntry + 4);
  const contextLo = at(ENV.onContext), contextHi = at(ENV.onContext + 4);
  resetCpu(cpu);
  cpu.host.tlb.flushAll();
  cpu.setPair(ENV.pc, entryLo, entryHi);
  cpu.setPair(xOffset(0), contextLo, contextHi);
  cpu.setWord(C.halted, 0);
  cpu.setWord(ENV.powerState, PowerState.ON);
}
