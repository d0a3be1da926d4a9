import { alignUp, Arena, Heap } from '@mttcg/atomic';
import { Qht } from '@mttcg/qht';
import { CpuCommon, DirtyMemory, TLB_STORAGE_ALIGN } from '@mttcg/softmmu';
import { JUMP_CACHE_ENTRIES, JUMP_CACHE_ENTRY_SIZE } from '@mttcg/tcg-ir';
import { WorkQueueLayout } from '../accel/work-queue.ts';
import { RingLayout } from '../io/ring.ts';
import { TB_SIZE } from '../tb/descriptor.ts';
import { PageTree } from '../tb/page-tree.ts';
import { MachineHeader, MAX_CPUS } from './layout.ts';

const H = MachineHeader.offset;
const MIB = 1 << 20;

/** Host address of the header: nothing lies at 0, which is the null of all structures. */
export const HEADER_AT = 4096;
const MAGIC = 0x6d747463;

/** Descriptors in the pool; a Linux boot makes some 70,000. */
export const MAX_TBS = 1 << 18;
const CODE_BYTES = 128 * MIB;
/** Initial elements of the TB hash table, which grows by itself. */
const QHT_ELEMENTS = 1 << 16;
/**
 * Bytes for what grows without being given back: the hash table's maps (14 MiB at most), the tree of pages with code
 * (19 MiB if all of the largest RAM has some), rings and queues.
 */
const GROWTH_BYTES = 48 * MIB;

/** Largest guest RAM in bytes: 32-bit host addresses have to cover it and everything else. */
export const MAX_RAM_BYTES = 3584 * MIB;
const WASM_PAGE = 65536;

export interface MemoryPlanOptions {
  readonly cpus: number;
  /** Bytes of guest RAM; a multiple of 64 KiB. */
  readonly ramBytes: number;
  /** Bytes of a vCPU's state block. */
  readonly envBytes: number;
  /** Bytes of state of all devices. */
  readonly deviceBytes: number;
  /** Bytes of dirty bitmap. */
  readonly dirtyBytes: number;
  /** What the TLBs of one vCPU may take from the arena at most. */
  readonly tlbBytes: number;
}

/** The machine's shared memory with all fixed structures placed and formatted. */
export interface SharedMachine {
  readonly memory: WebAssembly.Memory;
  readonly header: number;
}

/** Creates the shared memory. The parts of it that nobody touches cost no host memory. */
export function createSharedMemory(options: MemoryPlanOptions): SharedMachine {
  const { cpus, ramBytes } = options;
  const arenaStart = alignUp(HEADER_AT + MachineHeader.size, 64);
  const arenaBytes = GROWTH_BYTES + options.deviceBytes + options.dirtyBytes + cpus * (options.tlbBytes + MIB);
  const tbPool = alignUp(arenaStart + arenaBytes, WASM_PAGE);
  const code = alignUp(tbPool + MAX_TBS * TB_SIZE, WASM_PAGE);
  const ram = alignUp(code + CODE_BYTES, 2 * MIB);
  const pages = Math.ceil((ram + ramBytes) / WASM_PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const heap = new Heap(memory);
  const header = HEADER_AT;
  const arena = Arena.format(heap, header + H.arena, arenaStart, tbPool);
  const set = (field: number, value: number): void => {
    heap.u32[(header + field) >>> 2] = value;
  };
  set(H.magic, MAGIC);
  set(H.tbPool, tbPool);
  set(H.tbPoolEnd, tbPool + MAX_TBS * TB_SIZE);
  set(H.tbNext, 1);
  set(H.tbCode, code);
  set(H.tbCodeEnd, code + CODE_BYTES);
  set(H.tbCodeNext, code);
  set(H.ramBase, ram);
  set(H.pageRoot, PageTree.format(arena));
  const qht = arena.alloc(Qht.SIZE, Qht.ALIGN);
  Qht.format(heap, qht, arena, { elements: QHT_ELEMENTS, autoResize: true });
  set(H.qht, qht);
  const dirty = arena.alloc(options.dirtyBytes, 64);
  DirtyMemory.format(heap, dirty, ramBytes);
  set(H.dirty, dirty);
  set(H.serialOut, arena.alloc(RingLayout.size, RingLayout.align));
  set(H.serialIn, arena.alloc(RingLayout.size, RingLayout.align));
  set(H.deviceState, arena.alloc(options.deviceBytes, 64));
  for (let cpu = 0; cpu < MAX_CPUS; cpu++) {
    if (cpu >= cpus) continue;
    const env = arena.alloc(options.envBytes, 64);
    set(H.env + cpu * 4, env);
    set(H.tlbStorage + cpu * 4, arena.alloc(options.tlbBytes, TLB_STORAGE_ALIGN));
    set(H.workQueue + cpu * 4, arena.alloc(WorkQueueLayout.size, WorkQueueLayout.align));
    heap.u32[(env + CpuCommon.offset.cpuIndex) >>> 2] = cpu;
    heap.u32[(env + CpuCommon.offset.jumpCache) >>> 2] = arena.alloc(JUMP_CACHE_ENTRIES * JUMP_CACHE_ENTRY_SIZE, 64);
    heap.i32[(env + CpuCommon.offset.exceptionIndex) >>> 2] = -1;
  }
  const firstTimer = (header + H.cpuTimers) / 8;
  heap.f64.fill(Infinity, firstTimer, (header + MachineHeader.size) / 8);
  return { memory, header };
}
