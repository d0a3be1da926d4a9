/** A TB cache in a small memory, and what must hold of it whenever nobody is at work on it. */
import type { Arena, Heap } from '@mttcg/atomic';
import { CFlag, CpuCommon } from '@mttcg/softmmu';
import { JUMP_CACHE_ENTRIES, JUMP_CACHE_ENTRY_SIZE, JUMP_CACHE_PAGES, jumpCacheHash } from '@mttcg/tcg-ir';
import type { TbCache, TbLookup } from '../../src/tb/cache.ts';
import type { Modules } from './load.ts';

export const HEADER = 64;
const PAGE = 4096;

export interface WorldSize {
  /** TB descriptors, the unused first one included. */
  readonly tbs: number;
  readonly cpus: number;
  /** Bytes for page tree and hash table. */
  readonly arena: number;
}

/** Host addresses of a world's parts. */
function plan(m: Modules, size: WorldSize): { pool: number; envs: number; envBytes: number; arena: number; end: number } {
  const pool = (HEADER + m.MachineHeader.size + 63) & ~63;
  const envs = pool + size.tbs * m.TB_SIZE;
  // each vCPU: common state, then its jump cache
  const envBytes = 1024 + JUMP_CACHE_ENTRIES * JUMP_CACHE_ENTRY_SIZE;
  const arena = envs + size.cpus * envBytes;
  return { pool, envs, envBytes, arena, end: arena + size.arena };
}

export function worldBytes(m: Modules, size: WorldSize): number {
  return (plan(m, size).end + 65535) & ~65535;
}

/** Formats an empty cache. */
export function formatWorld(m: Modules, heap: Heap, size: WorldSize, autoResize = false): void {
  const H = m.MachineHeader.offset;
  const { pool, envs, envBytes, arena: arenaAt, end } = plan(m, size);
  const set = (field: number, value: number): void => {
    heap.u32[(HEADER + field) >>> 2] = value;
  };
  const arena: Arena = m.atomic.Arena.format(heap, HEADER + H.arena, arenaAt, end);
  set(H.tbPool, pool);
  set(H.tbPoolEnd, pool + size.tbs * m.TB_SIZE);
  set(H.tbNext, 1);
  set(H.pageRoot, m.PageTree.format(arena));
  const qht = arena.alloc(m.Qht.SIZE, m.Qht.ALIGN);
  m.Qht.format(heap, qht, arena, { elements: 4, autoResize });
  set(H.qht, qht);
  for (let cpu = 0; cpu < size.cpus; cpu++) {
    set(H.env + cpu * 4, envs + cpu * envBytes);
    heap.u32[(envs + cpu * envBytes + CpuCommon.offset.jumpCache) >>> 2] = envs + cpu * envBytes + 1024;
  }
}

/** One thread's view of the cache; `find` as in TbCache's constructor. Protection of pages is not looked at. */
export function openWorld(m: Modules, heap: Heap, size: WorldSize, find?: TbLookup): TbCache {
  const H = m.MachineHeader.offset;
  const protection = { protect: () => undefined, unprotect: () => undefined };
  return new m.TbCache(heap, HEADER, new m.atomic.Arena(heap, HEADER + H.arena), size.cpus, 2, protection, find);
}

/** The code that TB descriptors of a world are about: 16 bytes at `offset` of physical page `page`. */
export function describeTb(m: Modules, heap: Heap, cache: TbCache, tb: number, page: number, offset: number): void {
  const T = m.TbLayout.offset;
  const at = cache.addr(tb);
  const phys = page * PAGE + offset;
  const set = (field: number, value: number): void => {
    heap.u32[(at + field) >>> 2] = value;
  };
  set(T.physLo, phys);
  set(T.pcLo, phys);
  set(T.cflags, CFlag.PARALLEL);
  set(T.size, 16);
  set(T.hash, m.TbCache.hash(phys, 0, 0, CFlag.PARALLEL));
  set(T.rangeStart, offset);
  set(T.rangeEnd, offset + 16);
}

/** Describes and publishes; the TB that is found from now on. */
export function publishTb(m: Modules, heap: Heap, cache: TbCache, tb: number, page: number, offset: number): number {
  const desc = cache.lockPageForCode(page);
  describeTb(m, heap, cache, tb, page, offset);
  const found = cache.publish(tb, desc);
  cache.unlockPage(desc);
  return found;
}

export function lookupTb(cache: TbCache, page: number, offset: number): number {
  const phys = page * PAGE + offset;
  return cache.lookup(phys, 0, 0, 0, CFlag.PARALLEL);
}

/** Puts a TB into a vCPU's jump cache, as its owner does. @param distance of the mapping it runs at from the TB's own, in bytes */
export function fillJumpCache(m: Modules, heap: Heap, cache: TbCache, cpu: number, tb: number, distance = 0): void {
  const word = jumpCacheWord(m, heap, cache, cpu, tb, distance);
  m.atomic.storeRelease32(heap, word, tb);
  if (cache.isInvalid(tb)) m.atomic.cmpxchg32(heap, word, tb, 0);
}

function jumpCacheWord(m: Modules, heap: Heap, cache: TbCache, cpu: number, tb: number, distance: number): number {
  const env = heap.u32[(HEADER + m.MachineHeader.offset.env + cpu * 4) >>> 2]!;
  const pc = heap.u32[(cache.addr(tb) + m.TbLayout.offset.pcLo) >>> 2]!;
  return heap.u32[(env + CpuCommon.offset.jumpCache) >>> 2]! + jumpCacheHash(pc + distance, 2) * JUMP_CACHE_ENTRY_SIZE + 12;
}

/** @throws Error naming the first thing that is wrong. Nobody else is at work. */
export function checkWorld(m: Modules, heap: Heap, size: WorldSize): void {
  const T = m.TbLayout.offset;
  const P = m.PageLayout.offset;
  const cache = openWorld(m, heap, size);
  const u32 = heap.u32;
  const word = (tb: number, field: number): number => u32[(cache.addr(tb) + field) >>> 2]!;
  const used = Math.min(u32[(HEADER + m.MachineHeader.offset.tbNext) >>> 2]!, size.tbs);
  const wrong = (text: string): never => {
    throw new Error(text);
  };
  /** Chain of (TB << 1 | which) entries. */
  const chain = (head: number, next: number): number[] => {
    const all: number[] = [];
    for (let entry = head; entry !== 0; entry = word(entry >>> 1, next + (entry & 1) * 4)) {
      if (all.includes(entry)) wrong(`TB ${entry >>> 1} is on a list twice`);
      all.push(entry);
    }
    return all;
  };
  for (let tb = 1; tb < used; tb++) {
    const pageDesc = word(tb, T.page);
    if (pageDesc === 0) continue; // described at most, or lost the race to publish
    if (u32[(pageDesc + P.lock) >>> 2] !== 0) wrong(`the page of TB ${tb} is locked`);
    if (word(tb, T.jmpLock) !== 0) wrong(`TB ${tb} is locked`);
    const page = Math.floor(word(tb, T.physLo) / PAGE);
    const found = lookupTb(cache, page, word(tb, T.physLo) % PAGE);
    const listed = chain(u32[(pageDesc + P.first) >>> 2]!, T.pageNext).includes(tb << 1);
    const invalid = cache.isInvalid(tb);
    // lost the race to publish: never seen by others
    if (!invalid && found !== tb && !listed) continue;
    if (invalid && found === tb) wrong(`TB ${tb} is invalid but found`);
    if (!invalid && found !== tb) wrong(`TB ${tb} is valid but not found (${found})`);
    if (listed === invalid) wrong(`TB ${tb} is ${invalid ? 'invalid but' : 'valid but not'} on its page's list`);
    for (let slot = 0; slot < 2; slot++) {
      const dest = word(tb, T.jmpDest + slot * 4);
      const target = word(tb, T.jmpTarget + slot * 4);
      if (invalid && dest !== m.JMP_CLOSED) wrong(`slot ${slot} of the invalid TB ${tb} is not closed`);
      if (dest === m.JMP_CLOSED || dest === 0) {
        if (target !== 0) wrong(`slot ${slot} of TB ${tb} leads to ${target} without a destination`);
        continue;
      }
      if (target !== dest) wrong(`slot ${slot} of TB ${tb} leads to ${target}, its destination is ${dest}`);
      if (cache.isInvalid(dest)) wrong(`slot ${slot} of TB ${tb} leads to the invalid TB ${dest}`);
      if (!chain(word(dest, T.jmpListHead), T.jmpListNext).includes((tb << 1) | slot)) wrong(`slot ${slot} of TB ${tb} is not on the list of its destination ${dest}`);
    }
    for (const entry of chain(word(tb, T.jmpListHead), T.jmpListNext)) {
      if (word(entry >>> 1, T.jmpDest + (entry & 1) * 4) !== tb) wrong(`slot ${entry & 1} of TB ${entry >>> 1} is on the list of TB ${tb} but does not lead there`);
    }
    if (invalid) {
      for (let cpu = 0; cpu < size.cpus; cpu++) {
        for (let page = 0; page < JUMP_CACHE_PAGES; page++) {
          if (u32[jumpCacheWord(m, heap, cache, cpu, tb, page * PAGE) >>> 2] === tb) wrong(`the invalid TB ${tb} is in the jump cache of vCPU ${cpu}`);
        }
      }
    }
  }
}
