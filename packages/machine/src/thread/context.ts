import { Arena, atomicRead32, Heap } from '@mttcg/atomic';
import { armArch, type ArmCpu } from '@mttcg/guest-arm';
import { AddressSpace, CodePages, CpuCommon, CpuTlb, DirtyMemory, type FlushBroadcast, TLB_STORAGE_ALIGN, tlbStorageBytes } from '@mttcg/softmmu';
import type { WasmTarget } from '@mttcg/tcg-ir';
import { BigLock } from '../accel/big-lock.ts';
import { Exclusive } from '../accel/exclusive.ts';
import { Work, WorkQueue } from '../accel/work-queue.ts';
import { VirtBoard, type VirtioConfig } from '../board/index.ts';
import type { ThreadPlatform } from '../host/platform.ts';
import { BlockQueue } from '../io/block-queue.ts';
import { blockQueueAt, IO_STATE, ioStateAt } from '../io/layout.ts';
import { ByteRing } from '../io/ring.ts';
import { serialBackend, type SerialPort } from '../io/serial-port.ts';
import type { MachineLog } from '../log/log.ts';
import { MachineHeader } from '../memory/layout.ts';
import { generateTbLookup, TbCache } from '../tb/cache.ts';
import { Signals, VcpuHost } from '../vcpu/host.ts';
import { makeClock, type MachineConfig } from './config.ts';
import { isEnding } from './run-state.ts';

const C = CpuCommon.offset;
const H = MachineHeader.offset;
const PAGE = 4096;

/** log2 of the largest TLB of a vCPU and mmu index. */
export const TLB_MAX_BITS = 14;

/** Bytes of TLB storage of one vCPU. */
export function tlbBytesPerCpu(): number {
  return tlbStorageBytes(armArch.mmuIndexes, TLB_MAX_BITS) + TLB_STORAGE_ALIGN;
}

/** Where generated code finds things; see @mttcg/softmmu's layouts. */
export function wasmTarget(): WasmTarget {
  return {
    pageBits: armArch.pageBits,
    env: {
      pc: armArch.pcOffset,
      insnWord: C.insnWord,
      exitRequest: C.exitRequest,
      currentTb: C.currentTb,
      scratch: C.scratch,
      jumpCache: C.jumpCache,
      tlb: C.tlb,
    },
    tlbDesc: { stride: 8, mask: 0, table: 4 },
    tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
    jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
    insnAlignBits: armArch.insnAlignBits,
  };
}

/** One vCPU as a thread sees it. */
export interface CpuView {
  readonly index: number;
  readonly env: number;
  readonly host: VcpuHost;
  readonly tlb: CpuTlb;
  readonly cpu: ArmCpu;
  readonly work: WorkQueue;
  /** Filled in by the thread that runs it: jump cache and synced flushes. */
  readonly hooks: ExecHooks;
}

/** What TLB operations tell the exec loop; inert on threads that do not run the vCPU. */
export interface ExecHooks {
  clearJumpCache(): void;
  clearJumpCachePage(addrLo: number): void;
  requestSync(): void;
}

/** What a thread's objects need of its host. */
export interface ContextServices {
  readonly log: MachineLog;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Fills a buffer (not shared) with random bytes. */
  readonly randomFill: (target: Uint8Array) => void;
}

/** Most random bytes that are made at a time. */
const RANDOM_BYTES = 4096;

/** The objects of one thread over the machine's shared memory. */
export class ThreadContext {
  readonly heap: Heap;
  readonly header: number;
  readonly config: MachineConfig;
  readonly arena: Arena;
  readonly bql: BigLock;
  readonly signals: Signals;
  readonly exclusive: Exclusive;
  readonly log: MachineLog;
  readonly nowNs: () => number;
  readonly board: VirtBoard;
  readonly memory: AddressSpace;
  readonly dirty: DirtyMemory;
  readonly cache: TbCache;
  readonly cpus: readonly CpuView[];
  /** Host address of the IO_STATE. */
  readonly ioState: number;
  /** The PL011, then the virtio console where there is one. */
  readonly ports: readonly SerialPort[];
  /** Requests of the drives, in their order. */
  readonly blockQueues: readonly BlockQueue[];
  /** vCPU whose code this thread runs now; 0 on threads that run none. */
  current = 0;

  /** `thread`: a number of its own below 64. */
  constructor(memory: WebAssembly.Memory, header: number, config: MachineConfig, thread: number, services: ContextServices) {
    const heap = new Heap(memory);
    const word = (field: number): number => heap.u32[(header + field) >>> 2]!;
    this.heap = heap;
    this.header = header;
    this.config = config;
    this.log = services.log;
    this.arena = new Arena(heap, header + H.arena);
    this.bql = new BigLock(heap, header + H.bql, thread);
    this.signals = new Signals(heap, header);
    this.exclusive = new Exclusive(heap, header, config.cpus, (cpu) => this.signals.kick(cpu));
    this.ioState = ioStateAt(word(H.deviceState));
    this.nowNs = makeClock(config.clockOriginMs, heap, this.ioState + IO_STATE.offset.stoppedNs);
    const port = (out: number, input: number): SerialPort =>
      ({ out: new ByteRing(heap, out, header + H.controlWake), in: new ByteRing(heap, input, header + H.ioWake) });
    this.ports = [
      port(word(H.serialOut), word(H.serialIn)),
      ...(config.console ? [port(this.ioState + IO_STATE.offset.consoleOut, this.ioState + IO_STATE.offset.consoleIn)] : []),
    ];
    this.blockQueues = config.drives.map((drive, i) =>
      new BlockQueue(heap, blockQueueAt(word(H.deviceState), i), drive, () => this.signals.wakeIo()));
    this.board = this.#makeBoard(word(H.deviceState), word(H.ramBase), services);
    this.memory = new AddressSpace(heap, this.board.root);
    this.dirty = new DirtyMemory(heap, word(H.dirty), word(H.ramBase), config.ramBytes);
    const codePages = new CodePages(heap, this.dirty, this.memory, config.cpus, (cpu) => this.signals.env(cpu));
    const find = generateTbLookup(heap, header);
    this.cache = new TbCache(heap, header, this.arena, config.cpus, armArch.insnAlignBits, codePages, find);
    this.#written = (pa, bytes) => void this.invalidateCode(pa, bytes);
    this.#codePages = codePages;
    this.cpus = Array.from({ length: config.cpus }, (_, index) => this.#makeCpu(index));
  }

  readonly #written: (pa: number, bytes: number) => void;
  readonly #codePages: CodePages;

  #makeBoard(state: number, ramHost: number, services: ContextServices): VirtBoard {
    const { heap, header, signals, config } = this;
    const [uart, hvc] = this.ports.map((port) =>
      serialBackend(port, () => isEnding(atomicRead32(heap, header + H.state)), () => signals.wakeIo()));
    const virtio: VirtioConfig[] = this.blockQueues.map((backend) => ({ kind: 'blk', backend }));
    if (hvc !== undefined) virtio.push({ kind: 'console', chr: hvc });
    if (config.rng) virtio.push({ kind: 'rng', entropy: { fill: randomInto(heap, services.randomFill) } });
    return new VirtBoard({
      heap,
      state,
      cpus: config.cpus,
      ramHost,
      ramBytes: config.ramBytes,
      clock: { nowNs: this.nowNs },
      wallClock: { nowSeconds: () => services.wallMs() / 1000 },
      dma: {
        host: (pa, len) => this.memory.ramHost(pa, len),
        dirty: (pa, len) => this.#codePages.written(pa, len, this.#written),
      },
      serial: uart,
      virtio,
      log: {
        unimp: (device, message) => this.log.line('unimp', `${device}: ${message}`),
        guestError: (device, message) => this.log.line('guest_errors', `${device}: ${message}`),
      },
      currentCpu: () => this.current,
      cpuLine: (cpu, bit, level) => {
        if (level === 1) signals.interrupt(cpu, bit);
        else signals.clearInterrupt(cpu, bit);
      },
      deviceTimer: (index) => {
        const at = (header + H.deviceTimers) / 8 + index;
        return {
          arm: (deadlineNs) => {
            heap.f64[at] = deadlineNs;
            signals.wakeIo();
          },
          cancel: () => {
            heap.f64[at] = Infinity;
          },
        };
      },
    });
  }

  /** Drops the translations of bytes that changed; never crosses a page. */
  invalidateCode(pa: number, bytes: number): void {
    const page = Math.floor(pa / PAGE);
    const start = pa - page * PAGE;
    this.cache.invalidateRange(page, start, start + bytes);
  }

  #makeCpu(index: number): CpuView {
    const { heap, header, bql, signals, config } = this;
    const env = signals.env(index);
    const hooks: ExecHooks = { clearJumpCache: () => undefined, clearJumpCachePage: () => undefined, requestSync: () => undefined };
    const work = new WorkQueue(heap, heap.u32[(header + H.workQueue + index * 4) >>> 2]!);
    const tlb = new CpuTlb({
      heap,
      env,
      mmuIndexes: armArch.mmuIndexes,
      storage: heap.u32[(header + H.tlbStorage + index * 4) >>> 2]!,
      maxBits: TLB_MAX_BITS,
      memory: this.memory,
      dirty: this.dirty,
      nowMs: () => performance.now(),
      hooks: {
        lock: () => bql.lock(),
        unlock: () => bql.unlock(),
        notdirtyWrite: (pa, size) => this.invalidateCode(pa, size),
        clearJumpCache: () => hooks.clearJumpCache(),
        clearJumpCachePage: (lo) => hooks.clearJumpCachePage(lo),
        broadcast: this.#broadcast(index, hooks),
      },
    });
    const host = new VcpuHost({
      heap, header, cpuIndex: index, cpuCount: config.cpus, bql, signals, tlb,
      nowNs: this.nowNs,
      setOutput: (cpu, line, level) => this.board.gic.setPpi(cpu, line, level),
      ramHost: (pa, size) => this.memory.ramHost(pa, size),
      isMapped: (pa) => this.memory.find(pa).region !== undefined,
      log: (mask, text) => this.log.line(mask, text),
      logs: (mask) => this.log.enabled(mask),
    });
    const cpu = armArch.createCpu(host, config.cpuModel);
    tlb.client = cpu;
    return { index, env, host, tlb, cpu, work, hooks };
  }

  /** Flushes on every vCPU: queued on the others, done at once on the caller, complete when the caller has synced. */
  #broadcast(self: number, hooks: ExecHooks): FlushBroadcast {
    const own = (): CpuTlb => this.cpus[self]!.tlb;
    const others = (kind: number, a: number, b: number, c: number, idxMask: number): void => {
      if (this.cpus.length === 1) return;
      for (const { index, work } of this.cpus) {
        if (index === self) continue;
        work.post(kind, a, b, c, 0, idxMask);
        this.signals.kickIfRunning(index);
      }
      hooks.requestSync();
    };
    return {
      flushByMmuIdx: (idxMask) => {
        own().flushByMmuIdx(idxMask);
        others(Work.TLB_FLUSH_IDX, 0, 0, 0, idxMask);
      },
      flushPageByMmuIdx: (lo, hi, idxMask) => {
        own().flushPageByMmuIdx(lo, hi, idxMask);
        others(Work.TLB_FLUSH_PAGE, lo, hi, 0, idxMask);
      },
      flushRangeByMmuIdx: (lo, hi, bytes, idxMask) => {
        own().flushRangeByMmuIdx(lo, hi, bytes, idxMask);
        others(Work.TLB_FLUSH_RANGE, lo, hi, bytes, idxMask);
      },
    };
  }
}

/** Random bytes into shared memory, which hosts refuse to fill. */
function randomInto(heap: Heap, fill: (target: Uint8Array) => void): (hostAddr: number, length: number) => void {
  const buffer = new Uint8Array(RANDOM_BYTES);
  return (hostAddr, length) => {
    for (let done = 0; done < length; done += RANDOM_BYTES) {
      const part = buffer.subarray(0, Math.min(RANDOM_BYTES, length - done));
      fill(part);
      heap.u8.set(part, hostAddr + done);
    }
  };
}

export type { ThreadPlatform };
