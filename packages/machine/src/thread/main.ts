import { atomicRead32, fetchAdd32, storeRelease32 } from '@mttcg/atomic';
import { waitOn32 } from '../accel/futex.ts';
import type { ThreadPlatform } from '../host/platform.ts';
import { BlockService } from '../io/block-service.ts';
import { runIoLoop } from '../io/loop.ts';
import { MachineLog } from '../log/log.ts';
import { MachineHeader, RunState } from '../memory/layout.ts';
import type { FixedCode } from '../tb/code-thread.ts';
import { CpuCommon } from '@mttcg/softmmu';
import { type CpuExec, ExecEnd } from '../vcpu/exec.ts';
import type { MachineConfig } from './config.ts';
import { ThreadContext } from './context.ts';
import { ExecThread } from './exec-thread.ts';
import { isEnding, parkForReset } from './run-state.ts';

const H = MachineHeader.offset;
const C = CpuCommon.offset;

/** What a thread does. */
export type ThreadRole =
  | { readonly kind: 'cpu'; readonly index: number }
  | { readonly kind: 'all-cpus' }
  | { readonly kind: 'io' };

/** Start-up data of a thread; travels by structured clone. */
export interface ThreadData {
  readonly memory: WebAssembly.Memory;
  readonly header: number;
  readonly config: MachineConfig;
  readonly role: ThreadRole;
  readonly thread: number;
  readonly code: FixedCode;
}

/** Nanoseconds that a vCPU runs in `thread=single` before the next one's turn. */
const SLICE_MS = 10;

/** Name of a thread, for logs and errors. */
export function threadName(role: ThreadRole): string {
  return role.kind === 'cpu' ? `cpu${role.index}` : role.kind === 'io' ? 'io' : 'cpus';
}

/** Entry of every thread of the machine. Returns when the machine has ended; throws when the thread cannot go on. */
export function threadMain(data: ThreadData, platform: ThreadPlatform): void {
  const log = new MachineLog(data.config.log, platform.openLog(threadName(data.role)));
  const ctx = new ThreadContext(data.memory, data.header, data.config, data.thread, {
    log, wallMs: () => Date.now(), randomFill: (target) => platform.randomFill(target),
  });
  try {
    run(ctx, data, platform);
  } catch (error) {
    // the others are to end by themselves, with the disks flushed
    while (ctx.bql.held) ctx.bql.unlock();
    throw error;
  }
  fetchAdd32(ctx.heap, ctx.header + H.threadsDone, 1);
  ctx.signals.wakeControl();
}

function run(ctx: ThreadContext, data: ThreadData, platform: ThreadPlatform): void {
  const ready = (): void => {
    fetchAdd32(ctx.heap, ctx.header + H.threadsReady, 1);
    ctx.signals.wakeControl();
  };
  if (data.role.kind === 'io') {
    const disks = openDisks(ctx, platform);
    ready();
    runIo(ctx, disks);
    return;
  }
  const thread = new ExecThread(ctx, data.code);
  ready();
  if (data.role.kind === 'cpu') runOne(ctx, thread.makeExec(data.role.index), data.role.index);
  else runAll(ctx, ctx.cpus.map((c) => thread.makeExec(c.index)));
}

/** Waits while the machine is paused or being reset. False when it has ended. */
function waitRunning(ctx: ThreadContext, afterReset: () => void): boolean {
  const { heap, header } = ctx;
  for (;;) {
    const state = atomicRead32(heap, header + H.state);
    if (state === RunState.RUNNING) return true;
    if (state === RunState.RESET) {
      if (parkForReset(heap, header, ctx.ioState)) afterReset();
      continue;
    }
    if (isEnding(state)) return false;
    fetchAdd32(heap, header + H.threadsPaused, 1);
    ctx.signals.wakeControl();
    while (atomicRead32(heap, header + H.state) === state) waitOn32(heap, header + H.state, state);
    fetchAdd32(heap, header + H.threadsPaused, -1);
  }
}

function runOne(ctx: ThreadContext, exec: CpuExec, index: number): void {
  const { heap } = ctx;
  const { env } = ctx.cpus[index]!;
  ctx.current = index;
  while (waitRunning(ctx, () => exec.reset())) {
    // read before run() looks for causes: pairs with kick(), which bumps it after the cause is set
    const seq = atomicRead32(heap, env + C.wake);
    if (exec.run() === ExecEnd.HALTED) waitOn32(heap, env + C.wake, seq);
  }
}

/** Round robin of all vCPUs on this thread. */
function runAll(ctx: ThreadContext, execs: readonly CpuExec[]): void {
  const { heap } = ctx;
  while (waitRunning(ctx, () => execs.forEach((e) => e.reset()))) {
    const seq = execs.map((_, i) => atomicRead32(heap, ctx.cpus[i]!.env + C.wake));
    let halted = 0;
    for (let i = 0; i < execs.length; i++) {
      ctx.current = i;
      // the I/O thread ends the slice by a kick at the deadline
      if (execs.length > 1) heap.f64[(ctx.header + H.sliceEnd) / 8] = ctx.nowNs() + SLICE_MS * 1e6;
      if (execs.length > 1) ctx.signals.wakeIo();
      execs[i]!.slice = execs.length > 1;
      if (execs[i]!.run() === ExecEnd.HALTED) halted++;
    }
    if (halted === execs.length) sleepAll(ctx, seq);
  }
}

/** All vCPUs are idle: a kick of any of them wakes the thread. One futex word serves: that of vCPU 0's thread group. */
function sleepAll(ctx: ThreadContext, seq: readonly number[]): void {
  const { heap, header } = ctx;
  const group = atomicRead32(heap, header + H.anyWake);
  for (let i = 0; i < seq.length; i++) if (atomicRead32(heap, ctx.cpus[i]!.env + C.wake) !== seq[i]) return;
  waitOn32(heap, header + H.anyWake, group);
}

function openDisks(ctx: ThreadContext, platform: ThreadPlatform): BlockService[] {
  return ctx.config.drives.map(({ path, readonly }, i) => new BlockService({
    heap: ctx.heap,
    bql: ctx.bql,
    queue: ctx.blockQueues[i],
    device: ctx.board.disks[i],
    file: platform.openBlock(path, readonly),
    warn: (message) => ctx.log.always(`${path}: ${message}`),
  }));
}

function runIo(ctx: ThreadContext, disks: readonly BlockService[]): void {
  const receivers = [ctx.board.uart, ...ctx.board.consoles];
  runIoLoop({
    heap: ctx.heap,
    header: ctx.header,
    ioState: ctx.ioState,
    bql: ctx.bql,
    cpus: ctx.cpus.map((c) => c.cpu),
    deviceTimers: ctx.board.deviceTimers,
    serial: ctx.ports.map((port, i) => ({ input: port.in, device: receivers[i] })),
    disks,
    nowNs: ctx.nowNs,
    sample: () => {
      let any = false;
      for (const { env } of ctx.cpus) {
        if (atomicRead32(ctx.heap, env + C.running) === 0) continue;
        any = true;
        storeRelease32(ctx.heap, env + C.exitRequest, 1);
      }
      return any;
    },
    endSlice: () => {
      for (const { index } of ctx.cpus) ctx.signals.kick(index);
    },
  });
}
