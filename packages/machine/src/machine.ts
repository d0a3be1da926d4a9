import { atomicRead32, waitAsync } from '@mttcg/atomic';
import { armArch } from '@mttcg/guest-arm';
import { DirtyMemory } from '@mttcg/softmmu';
import { compileDispatcher, compileStub } from '@mttcg/tcg-ir';
import { buildVirtDtb, editUserDtb, VIRT, VIRT_STATE_BYTES } from './board/index.ts';
import type { BootInfo } from './fdt/index.ts';
import type { ControlPlatform, ThreadHandle } from './host/platform.ts';
import { parseDtb, parseKernel, planBoot, type BootPlan } from './loader/index.ts';
import { type LogItem, MachineLog, type LogRange } from './log/log.ts';
import { MachineHeader, MAX_CPUS, RunState } from './memory/layout.ts';
import { createSharedMemory, MAX_RAM_BYTES, type SharedMachine } from './memory/plan.ts';
import type { FixedCode } from './tb/code-thread.ts';
import type { DriveConfig, MachineConfig } from './thread/config.ts';
import { ThreadContext, tlbBytesPerCpu, wasmTarget } from './thread/context.ts';
import type { ThreadData, ThreadRole } from './thread/main.ts';

const H = MachineHeader.offset;
const MIB = 1 << 20;
const CONTROL_THREAD = 63;
const IO_THREAD = 62;

/** A value that no machine can be made with; `option` is the command-line name of what was wrong. */
export class ConfigError extends Error {
  readonly option: string;

  constructor(option: string, message: string) {
    super(`${option}: ${message}`);
    this.name = 'ConfigError';
    this.option = option;
  }
}

/** What a machine is made of. */
export interface MachineOptions {
  /** One of CPU_MODELS. Default 'cortex-a57'. */
  readonly cpuModel?: string;
  /** 1 to 8. Default 1. */
  readonly cpus?: number;
  /** Bytes of RAM: a multiple of 1 MiB, up to MAX_RAM_BYTES. Default 128 MiB. */
  readonly ramBytes?: number;
  /** 'multi': a thread per vCPU; 'single': all in turn on one. Default 'multi'. */
  readonly thread?: 'multi' | 'single';
  /** arm64 Image (also compressed) or ELF. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array | undefined;
  readonly append?: string | undefined;
  /** Device tree to use instead of the board's own; memory, command line and initrd are set in it. */
  readonly dtb?: Uint8Array | undefined;
  readonly drives?: readonly DriveConfig[];
  readonly console?: boolean;
  readonly rng?: boolean;
  readonly log?: { readonly items: readonly LogItem[]; readonly ranges?: readonly LogRange[] } | undefined;
  /** Do not run until resume(). */
  readonly startPaused?: boolean;
}

/** How a machine ended. */
export interface MachineEnd {
  /** 'error': one of its threads failed; `message` says how. */
  readonly reason: 'poweroff' | 'reset' | 'panic' | 'quit' | 'error';
  readonly message?: string;
}

/** Models of `-cpu`. */
export const CPU_MODELS: readonly string[] = armArch.models;

function check(options: MachineOptions): MachineConfig {
  const cpus = options.cpus ?? 1;
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) throw new ConfigError('-smp', `${cpus} CPUs asked for; the board has 1 to ${MAX_CPUS}`);
  const ramBytes = options.ramBytes ?? 128 * MIB;
  if (!Number.isInteger(ramBytes / MIB) || ramBytes < MIB || ramBytes > MAX_RAM_BYTES) {
    throw new ConfigError('-m', `${ramBytes / MIB} MiB asked for; the board takes whole MiB from 1 to ${MAX_RAM_BYTES / MIB}`);
  }
  const cpuModel = options.cpuModel ?? 'cortex-a57';
  if (!CPU_MODELS.includes(cpuModel)) throw new ConfigError('-cpu', `there is no CPU "${cpuModel}"; there are ${CPU_MODELS.join(', ')}`);
  return {
    cpuModel, cpus, ramBytes,
    thread: options.thread ?? 'multi',
    drives: options.drives ?? [],
    console: options.console ?? false,
    rng: options.rng ?? false,
    log: { items: options.log?.items ?? [], ranges: options.log?.ranges ?? [] },
    clockOriginMs: performance.timeOrigin + performance.now(),
  };
}

/** The device tree that a machine with these options hands to its kernel. Throws LoaderError and ConfigError. */
export function buildDtb(options: Omit<MachineOptions, 'kernel'>, initrd?: BootPlan['initrd']): Uint8Array {
  const config = check({ ...options, kernel: new Uint8Array() });
  const boot: BootInfo = {
    ram: { base: VIRT.RAM.base, size: config.ramBytes },
    ...(options.append === undefined ? {} : { bootargs: options.append }),
    ...(initrd === undefined ? {} : { initrd }),
  };
  if (options.dtb !== undefined) return editUserDtb(parseDtb(options.dtb), boot);
  const cpuCompatible = config.cpuModel === 'max' ? 'arm,armv8' : `arm,${config.cpuModel}`;
  return buildVirtDtb({ cpus: config.cpus, cpuCompatible, boot, seed: crypto.getRandomValues(new Uint32Array(10)) });
}

/** A machine, as the thread that made it sees it. This thread never blocks. */
export class Machine {
  readonly config: MachineConfig;
  /** Settles when all threads have ended. */
  readonly ended: Promise<MachineEnd>;
  readonly #platform: ControlPlatform;
  readonly #shared: SharedMachine;
  readonly #ctx: ThreadContext;
  readonly #plan: BootPlan;
  readonly #threads: ThreadHandle[] = [];
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  #resolveEnd!: (end: MachineEnd) => void;
  #started = false;
  #finished = false;
  #noReboot = false;

  constructor(config: MachineConfig, plan: BootPlan, shared: SharedMachine, platform: ControlPlatform) {
    this.config = config;
    this.#plan = plan;
    this.#platform = platform;
    this.#shared = shared;
    const log = new MachineLog(config.log, () => undefined);
    this.#ctx = new ThreadContext(shared.memory, shared.header, config, CONTROL_THREAD, log, () => Date.now());
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#load();
  }

  /** Power-on state of everything: RAM contents, devices, vCPUs. No other thread runs guest code. */
  #load(): void {
    const { board, cpus, memory } = this.#ctx;
    board.reset();
    for (const { cpu } of cpus) cpu.reset();
    for (const { address, bytes } of this.#plan.writes) memory.load(address, bytes);
    cpus[0]!.cpu.boot(this.#plan.entry, this.#plan.dtb);
  }

  /** A guest that resets ends the machine instead. Before start(). */
  set noReboot(value: boolean) {
    this.#noReboot = value;
  }

  /** Bytes that the guest writes to its first serial port. Returns a function that stops it. */
  onOutput(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Types bytes into the first serial port. Returns how many there was room for. */
  input(bytes: Uint8Array): number {
    let n = 0;
    while (n < bytes.length && this.#ctx.serialIn.push(bytes[n]!)) n++;
    this.#ctx.serialIn.notify();
    return n;
  }

  /** Starts the threads. */
  start(paused = false): void {
    if (this.#started) throw new Error('the machine was started before');
    this.#started = true;
    if (paused) this.#ctx.signals.setState(RunState.PAUSED, this.config.cpus);
    const target = wasmTarget();
    const code: FixedCode = { dispatcher: compileDispatcher(target), stub: compileStub(), wasmHelpers: armArch.wasmHelpers?.() };
    const spawn = (role: ThreadRole, thread: number): void => {
      const data: ThreadData = { memory: this.#shared.memory, header: this.#shared.header, config: this.config, role, thread, code };
      const handle = this.#platform.spawn(data);
      handle.ended.catch((error: unknown) => this.#fail(error));
      this.#threads.push(handle);
    };
    spawn({ kind: 'io' }, IO_THREAD);
    if (this.config.thread === 'single') spawn({ kind: 'all-cpus' }, 0);
    else for (let index = 0; index < this.config.cpus; index++) spawn({ kind: 'cpu', index }, index);
    void this.#watch();
  }

  #fail(error: unknown): void {
    if (this.#finished) return;
    const message = error instanceof Error ? error.stack ?? error.message : String(error);
    this.#finish({ reason: 'error', message });
    for (const thread of this.#threads) void thread.terminate();
  }

  #finish(end: MachineEnd): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#drain();
    this.#resolveEnd(end);
  }

  #drain(): void {
    const bytes = this.#ctx.serialOut.takeAll();
    if (bytes.length > 0) for (const listener of this.#listeners) listener(bytes);
  }

  get #vcpuThreads(): number {
    return this.config.thread === 'single' ? 1 : this.config.cpus;
  }

  /** Follows console output and the state of the machine. */
  async #watch(): Promise<void> {
    const { heap, header } = this.#ctx;
    while (!this.#finished) {
      const seq = atomicRead32(heap, header + H.controlWake);
      this.#drain();
      const state = atomicRead32(heap, header + H.state);
      if (state === RunState.RESET) {
        if (this.#noReboot) {
          this.#noReboot = false;
          this.#ctx.signals.setState(RunState.POWEROFF, this.config.cpus);
          continue;
        }
        if (atomicRead32(heap, header + H.threadsPaused) === this.#vcpuThreads) {
          this.#ctx.cache.flushAll(this.#ctx.cache.flushCount);
          this.#load();
          this.#ctx.signals.setState(RunState.RUNNING, this.config.cpus);
          continue;
        }
      } else if (state !== RunState.RUNNING && state !== RunState.PAUSED) {
        if (atomicRead32(heap, header + H.threadsDone) === this.#threads.length) {
          await Promise.allSettled(this.#threads.map((t) => t.ended));
          this.#finish({ reason: state === RunState.POWEROFF ? 'poweroff' : state === RunState.PANIC ? 'panic' : 'quit' });
          return;
        }
      }
      await waitAsync(heap.i32, (header + H.controlWake) >>> 2, seq | 0);
    }
  }

  /** Ends the machine as it stands, as pulling the plug does; disks are flushed. */
  quit(): void {
    if (!this.#started) this.#finish({ reason: 'quit' });
    else this.#ctx.signals.setState(RunState.QUIT, this.config.cpus);
  }

  pause(): void {
    if (this.#state === RunState.RUNNING) this.#ctx.signals.setState(RunState.PAUSED, this.config.cpus);
  }

  resume(): void {
    if (this.#state === RunState.PAUSED) this.#ctx.signals.setState(RunState.RUNNING, this.config.cpus);
  }

  /** Presses the reset button. */
  reset(): void {
    this.#ctx.signals.setState(RunState.RESET, this.config.cpus);
  }

  get #state(): number {
    return atomicRead32(this.#ctx.heap, this.#ctx.header + H.state);
  }

  /** 'running', 'paused' or 'ended'. */
  get status(): 'running' | 'paused' | 'ended' {
    return this.#finished ? 'ended' : this.#state === RunState.PAUSED ? 'paused' : 'running';
  }

  /** Registers of a vCPU; meaningful while paused. */
  dumpCpu(index: number): string {
    return this.#ctx.cpus[index]!.cpu.dumpState();
  }

  /** Counters since the start. */
  get statistics(): { readonly tbs: number; readonly modules: number; readonly regions: number; readonly invalidations: number; readonly flushes: number } {
    const { heap, header } = this.#ctx;
    const word = (field: number): number => atomicRead32(heap, header + field);
    return { tbs: word(H.tbNext) - 1, modules: word(H.tbModules), regions: word(H.tbRegions), invalidations: word(H.tbInvalidations), flushes: word(H.tbFlushCount) };
  }
}

/** Makes a machine with its kernel loaded. @throws ConfigError, LoaderError for what cannot be */
export async function createMachine(options: MachineOptions, platform: ControlPlatform): Promise<Machine> {
  const config = check(options);
  const kernel = await parseKernel(options.kernel, config.ramBytes);
  const plan = planBoot({ base: VIRT.RAM.base, size: config.ramBytes }, {
    kernel,
    initrd: options.initrd,
    makeDtb: (initrd) => buildDtb(options, initrd),
  });
  const shared = createSharedMemory({
    cpus: config.cpus,
    ramBytes: config.ramBytes,
    envBytes: armArch.envSize,
    deviceBytes: VIRT_STATE_BYTES,
    dirtyBytes: DirtyMemory.bytes(config.ramBytes),
    tlbBytes: tlbBytesPerCpu(),
  });
  const machine = new Machine(config, plan, shared, platform);
  return machine;
}
