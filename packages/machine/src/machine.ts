import { atomicRead32, atomicSet32, cmpxchg32, fetchAdd32, waitAsync } from '@mttcg/atomic';
import { armArch } from '@mttcg/guest-arm';
import { DirtyMemory } from '@mttcg/softmmu';
import { compileDispatcher, compileStub } from '@mttcg/tcg-ir';
import { wakeOn32 } from './accel/futex.ts';
import { VIRT } from './board/index.ts';
import { ControlPort, type OutputListener } from './control-port.ts';
import { claimDrives } from './drives.ts';
import type { ControlPlatform, ThreadHandle } from './host/platform.ts';
import { deviceBytes, IO_STATE } from './io/layout.ts';
import { parseKernel, planBoot, type BootPlan } from './loader/index.ts';
import { MachineLog } from './log/log.ts';
import { MachineHeader, RunState } from './memory/layout.ts';
import { createSharedMemory, type SharedMachine } from './memory/plan.ts';
import { buildDtb, checkOptions, ConfigError, type MachineOptions } from './options.ts';
import type { FixedCode } from './tb/code-thread.ts';
import type { MachineConfig } from './thread/config.ts';
import { ThreadContext, tlbBytesPerCpu, wasmTarget } from './thread/context.ts';
import { type ThreadData, threadName, type ThreadRole } from './thread/main.ts';
import { isEnding } from './thread/run-state.ts';

export { buildDtb, ConfigError, CPU_MODELS, type MachineOptions } from './options.ts';

const H = MachineHeader.offset;
const IO = IO_STATE.offset;
const CONTROL_THREAD = 63;
const IO_THREAD = 62;

/** Milliseconds that the other threads get to end by themselves when one has failed. */
const GRACE_MS = 2000;

/** How a machine ended. */
export interface MachineEnd {
  /**
   * 'poweroff', 'panic': the guest's doing; 'reset': the guest's, with `noReboot`; 'quit': quit() was called; 'error': one
   * of the machine's threads failed.
   */
  readonly reason: 'poweroff' | 'reset' | 'panic' | 'quit' | 'error';
  /** Of an error: one sentence. */
  readonly message?: string;
  /** Of an error: what the thread threw. */
  readonly cause?: unknown;
}

/** Counters since the start. */
export interface MachineStatistics {
  readonly tbs: number;
  readonly modules: number;
  readonly regions: number;
  readonly invalidations: number;
  readonly flushes: number;
}

/** What a Machine is made from; see createMachine(). */
export interface MachineParts {
  readonly config: MachineConfig;
  readonly plan: BootPlan;
  readonly shared: SharedMachine;
  readonly platform: ControlPlatform;
  readonly startPaused: boolean;
  /** Gives the disk images back. */
  readonly release: () => Promise<void>;
}

/** A machine, as the thread that made it sees it. This thread never blocks. Made by createMachine(). */
export class Machine {
  readonly config: MachineConfig;
  /** Settles when all threads have ended and the disks are flushed and closed. Never rejects. */
  readonly ended: Promise<MachineEnd>;
  readonly #p: MachineParts;
  readonly #ctx: ThreadContext;
  readonly #threads: ThreadHandle[] = [];
  readonly #ports: readonly ControlPort[];
  #resolveEnd!: (end: MachineEnd) => void;
  #started = false;
  #finished = false;
  #noReboot = false;
  /** The state to go to after start or reset: PAUSED instead of RUNNING. */
  #wantPaused: boolean;
  /** Virtual time in ns when all vCPUs had stopped for a pause. */
  #stoppedAt: number | undefined;
  /** Called at each change that #watch() sees. */
  #onPaused: (() => void)[] = [];
  #failure: { readonly message: string; readonly cause: unknown } | undefined;
  #guestReset = false;
  #quitting = false;
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: MachineParts) {
    const { config, shared, platform } = parts;
    this.config = config;
    this.#p = parts;
    this.#wantPaused = parts.startPaused;
    this.#ctx = new ThreadContext(shared.memory, shared.header, config, CONTROL_THREAD, {
      log: new MachineLog(config.log, () => undefined), wallMs: () => Date.now(), randomFill: (target) => void crypto.getRandomValues(target as Uint8Array<ArrayBuffer>),
    });
    this.#ports = this.#ctx.ports.map((port) => new ControlPort(port, () => this.#finished, (message) => platform.warn?.(message)));
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#load();
  }

  /** Power-on state of everything: RAM contents, devices, vCPUs. No other thread runs guest code or touches a device. */
  #load(): void {
    const { board, cpus, memory } = this.#ctx;
    const { writes, entry, dtb } = this.#p.plan;
    board.reset();
    for (const { cpu } of cpus) cpu.reset();
    for (const { address, bytes } of writes) memory.load(address, bytes);
    cpus[0].cpu.boot(entry, dtb);
  }

  /** A guest that resets ends the machine instead. Before start(). */
  set noReboot(value: boolean) {
    this.#noReboot = value;
  }

  /** Serial ports: 1, or 2 with a virtio console. */
  get ports(): number {
    return this.#ports.length;
  }

  /**
   * Bytes that the guest writes to a serial port: 0 is the PL011, 1 the virtio console. Output that nobody listens to is
   * dropped. Returns a function that stops it.
   */
  onOutput(listener: OutputListener, port = 0): () => void {
    return this.#port(port).onOutput(listener);
  }

  /** Types bytes into a serial port. Returns how many there was room for: 0 in a machine that has ended. */
  input(bytes: Uint8Array, port = 0): number {
    return this.#port(port).input(bytes);
  }

  /**
   * Types all the bytes into a serial port, as the guest makes room for them; writes keep their order. Rejects when the
   * machine ends first. A caller that feeds a stream awaits it.
   */
  async write(bytes: Uint8Array, port = 0): Promise<void> {
    return this.#port(port).write(bytes);
  }

  #port(index: number): ControlPort {
    const port = this.#ports[index];
    if (port === undefined) throw new RangeError(`the machine has no serial port ${index}; it has 0 to ${this.#ports.length - 1}`);
    return port;
  }

  /** Starts the threads. Once; not after quit(). */
  start(paused = this.#wantPaused): void {
    if (this.#finished) throw new Error('the machine has ended');
    if (this.#started) throw new Error('the machine was started before');
    this.#started = true;
    this.#wantPaused = paused;
    if (paused) this.#setState(RunState.PAUSED);
    try {
      const target = wasmTarget();
      const code: FixedCode = { dispatcher: compileDispatcher(target), stub: compileStub(), wasmHelpers: armArch.wasmHelpers?.() };
      this.#spawn({ kind: 'io' }, IO_THREAD, code);
      if (this.config.thread === 'single') this.#spawn({ kind: 'all-cpus' }, 0, code);
      else for (let index = 0; index < this.config.cpus; index++) this.#spawn({ kind: 'cpu', index }, index, code);
    } catch (error) {
      this.#fail('the threads of the machine cannot be started', error);
      if (this.#threads.length === 0) this.#finish();
    }
    this.#watch().catch((error: unknown) => this.#fail('the control thread failed', error));
  }

  #spawn(role: ThreadRole, thread: number, code: FixedCode): void {
    const { shared, platform } = this.#p;
    const data: ThreadData = { memory: shared.memory, header: shared.header, config: this.config, role, thread, code };
    const handle = platform.spawn(data);
    this.#threads.push(handle);
    const name = threadName(role);
    const gone = (): void => {
      this.#threads.splice(this.#threads.indexOf(handle), 1);
      if (this.#threads.length === 0) this.#finish();
    };
    handle.ended.then(() => {
      if (!isEnding(this.#state)) this.#fail(`the thread ${name} ended before the machine`, undefined);
      gone();
    }, (error: unknown) => {
      this.#fail(`the thread ${name} failed`, error);
      gone();
    });
  }

  /** Ends a machine that cannot go on: by asking its threads to end, then by force. */
  #fail(what: string, cause: unknown): void {
    if (this.#failure !== undefined || this.#finished) return;
    this.#failure = { message: cause === undefined ? what : `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause };
    this.#setState(RunState.QUIT);
    this.#grace = setTimeout(() => {
      for (const thread of this.#threads) void thread.terminate();
    }, GRACE_MS);
  }

  /** No thread is left. */
  #finish(): void {
    if (this.#finished) return;
    for (const port of this.#ports) port.drain();
    this.#finished = true;
    clearTimeout(this.#grace);
    for (const port of this.#ports) port.close();
    this.#settlePauses();
    this.#ctx.signals.wakeControl();
    const end = this.#end();
    void this.#p.release().then(() => this.#resolveEnd(end));
  }

  #end(): MachineEnd {
    if (this.#failure !== undefined) return { reason: 'error', ...this.#failure };
    const state = this.#state;
    if (this.#guestReset) return { reason: 'reset' };
    return { reason: state === RunState.POWEROFF ? 'poweroff' : state === RunState.PANIC ? 'panic' : 'quit' };
  }

  get #vcpuThreads(): number {
    return this.config.thread === 'single' ? 1 : this.config.cpus;
  }

  /** Follows serial output and the state of the machine until it has ended. */
  async #watch(): Promise<void> {
    const { heap, header } = this.#ctx;
    while (!this.#finished) {
      const seq = atomicRead32(heap, header + H.controlWake);
      for (const port of this.#ports) port.drain();
      this.#look();
      if (this.#finished) return;
      await waitAsync(heap.i32, (header + H.controlWake) >>> 2, seq | 0);
    }
  }

  #look(): void {
    const { heap, header, ioState } = this.#ctx;
    const state = this.#state;
    if (isEnding(state)) return;
    // the guest's last word came over ours
    if (this.#quitting || this.#failure !== undefined) return this.#setState(RunState.QUIT);
    if (state === RunState.PAUSED && this.#stoppedAt === undefined && atomicRead32(heap, header + H.threadsPaused) === this.#vcpuThreads) {
      this.#stoppedAt = this.#ctx.nowNs();
      this.#settlePauses();
    }
    if (state !== RunState.RESET) return;
    if (this.#noReboot) {
      this.#guestReset = true;
      this.#setState(RunState.POWEROFF);
    } else if (atomicRead32(heap, ioState + IO.parked) === this.#vcpuThreads + 1) {
      this.#reload();
    } else if (atomicRead32(heap, header + H.threadsDone) > 0) {
      // a thread saw the machine end before another vCPU asked for a reset
      this.#setState(RunState.POWEROFF);
    }
  }

  /** All threads are parked. */
  #reload(): void {
    const { cache, heap, ioState } = this.#ctx;
    cache.flushAll(cache.flushCount);
    this.#load();
    atomicSet32(heap, ioState + IO.parked, 0);
    fetchAdd32(heap, ioState + IO.resets, 1);
    this.#setState(this.#wantPaused ? RunState.PAUSED : RunState.RUNNING);
  }

  /** Ends the machine as it stands, as pulling the plug does; disks are flushed. At any time, any number of times. */
  quit(): void {
    if (!this.#started) return this.#finish();
    if (this.#finished || isEnding(this.#state)) return;
    this.#quitting = true;
    this.#setState(RunState.QUIT);
  }

  /**
   * Stops the vCPUs and with them the virtual clock; resolves when they stand still (or the machine has ended). Before
   * start(): they will wait for resume().
   */
  async pause(): Promise<void> {
    this.#wantPaused = true;
    if (!this.#started || this.#finished) return;
    this.#change(RunState.RUNNING, RunState.PAUSED);
    if (this.#stoppedAt !== undefined) return;
    await new Promise<void>((resolve) => this.#onPaused.push(resolve));
  }

  /** Lets the vCPUs go on. */
  resume(): void {
    this.#wantPaused = false;
    this.#settlePauses();
    if (!this.#started || this.#finished) return;
    const { heap, ioState, nowNs } = this.#ctx;
    if (this.#stoppedAt !== undefined) heap.f64[(ioState + IO.stoppedNs) / 8] += nowNs() - this.#stoppedAt;
    this.#stoppedAt = undefined;
    this.#change(RunState.PAUSED, RunState.RUNNING);
  }

  #settlePauses(): void {
    for (const resolve of this.#onPaused.splice(0)) resolve();
  }

  /** Presses the reset button. */
  reset(): void {
    if (!this.#started || this.#finished) return;
    if (!this.#change(RunState.RUNNING, RunState.RESET)) this.#change(RunState.PAUSED, RunState.RESET);
  }

  /** From one state to another, unless a vCPU has changed it meanwhile. */
  #change(from: number, to: number): boolean {
    const { heap, header, signals } = this.#ctx;
    if (cmpxchg32(heap, header + H.state, from, to) !== from) return false;
    wakeOn32(heap, header + H.state, 0x7fffffff);
    for (let cpu = 0; cpu < this.config.cpus; cpu++) signals.kick(cpu);
    signals.wakeIo();
    signals.wakeControl();
    return true;
  }

  #setState(state: number): void {
    this.#ctx.signals.setState(state, this.config.cpus);
  }

  get #state(): number {
    return atomicRead32(this.#ctx.heap, this.#ctx.header + H.state);
  }

  /** 'running', 'paused' (also before the start) or 'ended'. */
  get status(): 'running' | 'paused' | 'ended' {
    if (this.#finished) return 'ended';
    const state = this.#state;
    return !this.#started || state === RunState.PAUSED || (state === RunState.RESET && this.#wantPaused) ? 'paused' : 'running';
  }

  /** Registers of a vCPU as text; meaningful after `await pause()`. */
  dumpCpu(index: number): string {
    return this.#ctx.cpus[index].cpu.dumpState();
  }

  get statistics(): MachineStatistics {
    const { heap, header } = this.#ctx;
    const word = (field: number): number => atomicRead32(heap, header + field);
    return { tbs: word(H.tbNext) - 1, modules: word(H.tbModules), regions: word(H.tbRegions), invalidations: word(H.tbInvalidations), flushes: word(H.tbFlushCount) };
  }
}

/** Makes a machine with its kernel loaded; start() runs it. @throws ConfigError, LoaderError for what cannot be */
export async function createMachine(options: MachineOptions, platform: ControlPlatform): Promise<Machine> {
  const config = checkOptions(options);
  const kernel = await parseKernel(options.kernel, config.ramBytes);
  const plan = planBoot({ base: VIRT.RAM.base, size: config.ramBytes }, {
    kernel,
    initrd: options.initrd,
    makeDtb: (initrd) => buildDtb(options, initrd),
  });
  const release = await claimDrives(config.drives, platform);
  try {
    const shared = allocate(config);
    return new Machine({ config, plan, shared, platform, release, startPaused: options.startPaused ?? false });
  } catch (error) {
    await release();
    throw error;
  }
}

function allocate(config: MachineConfig): SharedMachine {
  try {
    return createSharedMemory({
      cpus: config.cpus,
      ramBytes: config.ramBytes,
      envBytes: armArch.envSize,
      deviceBytes: deviceBytes(config.drives.length),
      dirtyBytes: DirtyMemory.bytes(config.ramBytes),
      tlbBytes: tlbBytesPerCpu(),
    });
  } catch (error) {
    // what engines throw when the host has no address space or memory for it
    if (error instanceof RangeError) throw new ConfigError('-m', `the host cannot give the guest ${config.ramBytes / 2 ** 20} MiB of RAM (${error.message})`, error);
    throw error;
  }
}
