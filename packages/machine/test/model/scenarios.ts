/** Small programs over the machine's concurrent parts whose every interleaving must come out right. */
import type { Heap } from '@mttcg/atomic';
import { CpuCommon } from '@mttcg/softmmu';
import type { HeapBody as Body, HeapScenario as Scenario } from '../../../atomic/test/model/heap-scenario.ts';
import type { Exclusive } from '../../src/accel/exclusive.ts';
import type { TbCache } from '../../src/tb/cache.ts';
import type { Modules } from './load.ts';
import { checkWorld, formatWorld, HEADER, lookupTb, openWorld, publishTb, worldBytes, type WorldSize } from './tb-world.ts';

const LOCK = 64;
const DATA = 256;
const WORD = DATA >>> 2;

const equal = (actual: unknown, wanted: unknown, what: string): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
};

function lockScenarios(m: Modules): Record<string, Scenario> {
  const bump = (heap: Heap): void => {
    heap.u32[WORD] = heap.u32[WORD]! + 1;
  };
  const locked = (heap: Heap): void => {
    m.wordLock(heap, LOCK);
    bump(heap);
    m.wordUnlock(heap, LOCK);
  };
  const tried = (heap: Heap): number => {
    if (!m.wordTryLock(heap, LOCK)) return 0;
    bump(heap);
    m.wordUnlock(heap, LOCK);
    return 1;
  };
  const big = (thread: number) => (heap: Heap): boolean => {
    const lock = new m.BigLock(heap, LOCK, thread);
    const before = lock.held;
    lock.lock();
    lock.lock();
    bump(heap);
    lock.unlock();
    const inside = lock.held;
    lock.unlock();
    return !before && inside && !lock.held;
  };
  const count = (n: number): NonNullable<Scenario['check']> => (heap) => equal([heap.u32[WORD], heap.u32[LOCK >>> 2]], [n, 0], 'count and lock word');
  return {
    'word lock of two': { threads: [locked, locked], check: count(2) },
    'word lock of three': { threads: [locked, locked, locked], check: count(3) },
    'word lock, one tries': {
      threads: [locked, tried],
      check: (heap, results) => equal([heap.u32[WORD], heap.u32[LOCK >>> 2]], [1 + (results[1] as number), 0], 'count and lock word'),
    },
    'big lock': {
      threads: [big(0), big(1)],
      check: (heap, results) => {
        equal([heap.u32[WORD], heap.u32[LOCK >>> 2], heap.u32[(LOCK >>> 2) + 1]], [2, 0, 0], 'count, lock word, owner');
        equal(results, [true, true], 'ownership');
      },
    },
  };
}

function workScenarios(m: Modules): Record<string, Scenario> {
  // the queue has two slots here: more become a flush of everything
  const post = (...masks: number[]) => (heap: Heap): void => {
    const queue = new m.WorkQueue(heap, DATA);
    for (const mask of masks) queue.post(2, mask, 0, 0, 0, mask);
  };
  const drain = (heap: Heap): number[] => {
    const queue = new m.WorkQueue(heap, DATA);
    const done: number[] = [];
    for (let i = 0; i < 2; i++) if (queue.pending) queue.drain((kind, _a, _b, _c, _d, mask) => done.push(kind * 100 + mask));
    return done;
  };
  const all = (masks: number): NonNullable<Scenario['check']> => (heap, results) => {
    const done = results[0] as number[];
    new m.WorkQueue(heap, DATA).drain((kind, _a, _b, _c, _d, mask) => done.push(kind * 100 + mask));
    const seen = done.reduce((sum, item) => sum | item % 100, 0);
    equal(seen, masks, 'mmu indexes flushed');
    if (new Set(done).size !== done.length) throw new Error(`work done twice: ${done.join()}`);
  };
  return {
    'work queue': { threads: [drain, post(1, 2), post(4)], check: all(7) },
    'work queue that overflows': { threads: [drain, post(1, 2, 4), post(8)], check: all(15) },
  };
}

function exclusiveScenarios(m: Modules): Record<string, Scenario> {
  const H = m.MachineHeader.offset;
  const ENVS = 2048;
  const env = (cpu: number): number => ENVS + cpu * 512;
  // what runs guest code sets its word; whoever is exclusive looks at all of them, and is seen by them
  const GUEST = 4096;
  const ALONE = 4160;
  let handles: Exclusive[] = [];
  const setup = (cpus: number) => (heap: Heap): void => {
    handles = [];
    for (let cpu = 0; cpu < cpus; cpu++) {
      heap.u32[(HEADER + H.env + cpu * 4) >>> 2] = env(cpu);
      handles.push(new m.Exclusive(heap, HEADER, cpus, () => undefined));
    }
  };
  const guest = (cpu: number, heap: Heap): void => {
    const exclusive = handles[cpu]!;
    exclusive.execStart(env(cpu));
    heap.u32[(GUEST >>> 2) + cpu] = 1;
    if (heap.u32[ALONE >>> 2] !== 0) throw new Error(`vCPU ${cpu} runs beside an exclusive section`);
    heap.u32[(GUEST >>> 2) + cpu] = 0;
    exclusive.execEnd(env(cpu));
  };
  const alone = (cpu: number, cpus: number, heap: Heap): void => {
    const exclusive = fresh(cpu, heap, cpus);
    exclusive.start();
    if (heap.u32[ALONE >>> 2] !== 0) throw new Error('two exclusive sections at a time');
    heap.u32[ALONE >>> 2] = 1;
    exclusive.start();
    for (let other = 0; other < cpus; other++) if (other !== cpu && heap.u32[(GUEST >>> 2) + other] !== 0) throw new Error(`vCPU ${other} runs beside an exclusive section`);
    exclusive.end();
    heap.u32[ALONE >>> 2] = 0;
    exclusive.end();
  };
  // it counts its nesting in the object, and a body is run again from its start
  const fresh = (_cpu: number, heap: Heap, cpus: number): Exclusive => new m.Exclusive(heap, HEADER, cpus, () => undefined);
  const check: NonNullable<Scenario['check']> = (heap) => {
    equal([H.exclusiveLock, H.pendingCpus].map((field) => heap.u32[(HEADER + field) >>> 2]), [0, 0], 'lock and pending count');
    equal(handles.map((_, cpu) => heap.u32[(env(cpu) + CpuCommon.offset.running) >>> 2]), handles.map(() => 0), 'running');
  };
  const memory = 8192;
  return {
    'exclusive section against guest code': {
      memory, setup: setup(2), check, threads: [(heap) => { guest(0, heap); guest(0, heap); }, (heap) => alone(1, 2, heap)],
    },
    'two exclusive sections': {
      memory, setup: setup(2), check, threads: [(heap) => alone(0, 2, heap), (heap) => { guest(1, heap); alone(1, 2, heap); }],
    },
    'exclusive section against two': {
      memory, setup: setup(3), check, threads: [(heap) => guest(0, heap), (heap) => guest(1, heap), (heap) => alone(2, 3, heap)],
    },
    'two exclusive sections against one': {
      memory, setup: setup(3), check, threads: [(heap) => alone(0, 3, heap), (heap) => guest(1, heap), (heap) => alone(2, 3, heap)],
    },
  };
}

function cacheScenarios(m: Modules): Record<string, Scenario> {
  const size: WorldSize = { tbs: 8, cpus: 0, arena: 6144 };
  const memory = worldBytes(m, size);
  const A = 1, B = 2, C = 3;
  let caches: TbCache[] = [];
  /** A on page 1, B on page 2, C on page 3, with the jumps given. */
  const scenario = (jumps: readonly (readonly [number, number, number])[], threads: readonly ((cache: TbCache, heap: Heap) => unknown)[], more: Partial<Scenario> = {}): Scenario => ({
    memory,
    setup: (heap) => {
      formatWorld(m, heap, size);
      caches = threads.map(() => openWorld(m, heap, size));
      const cache = caches[0]!;
      for (const tb of [A, B, C]) {
        cache.reserve(1);
        publishTb(m, heap, cache, tb, tb, 64);
      }
      for (const [from, slot, to] of jumps) cache.addJump(from, slot, to);
    },
    threads: threads.map((thread, i): Body => (heap) => thread(caches[i]!, heap)),
    ...more,
    check: (heap, results) => {
      checkWorld(m, heap, size);
      more.check?.(heap, results);
    },
  });
  const jump = (from: number, slot: number, to: number) => (cache: TbCache): void => cache.addJump(from, slot, to);
  const kill = (page: number) => (cache: TbCache): boolean => cache.invalidateRange(page, 64, 68);
  const both = (...steps: ((cache: TbCache, heap: Heap) => unknown)[]) => (cache: TbCache, heap: Heap): void => steps.forEach((step) => step(cache, heap));
  /** Translates the code of page 1 at 128 as TB `tb`, which is reserved in both threads. */
  const publish = (tb: number) => (cache: TbCache, heap: Heap): number => publishTb(m, heap, cache, tb, 1, 128);
  const reserved = (base: Scenario): Scenario => ({ ...base, setup: (heap) => { base.setup!(heap); caches[0]!.reserve(2); } });
  return {
    'jump against invalidation of its destination': scenario([], [jump(A, 0, B), kill(B)]),
    'jump against invalidation of its origin': scenario([], [jump(A, 0, B), kill(A)]),
    'jump to itself against invalidation': scenario([], [jump(A, 1, A), kill(A)]),
    'origin and destination invalidated at a time': scenario([[A, 0, B]], [kill(A), kill(B)]),
    'both of two that lead to each other invalidated at a time': scenario([[A, 0, B], [B, 0, A]], [kill(A), kill(B)]),
    'the same invalidated twice at a time': scenario([[A, 0, B], [C, 1, B]], [kill(B), kill(B)], {
      check: (_heap, results) => equal(results.filter(Boolean).length, 1, 'threads that found the TB'),
    }),
    'two jumps to what is being invalidated': scenario([], [jump(A, 0, B), jump(C, 1, B), kill(B)], { randomRuns: 400 }),
    'one slot claimed for two destinations': scenario([], [jump(A, 0, B), jump(A, 0, C)]),
    'a slot that opens is claimed again': scenario([[A, 0, B]], [kill(B), both(jump(A, 0, C), kill(A))]),
    'two translations of the same code': reserved(scenario([], [publish(4), publish(5)], {
      check: (_heap, results) => equal(results[0], results[1], 'TB found by both'),
    })),
    'translation against a store to the page': reserved(scenario([], [both(publish(4), jump(4, 0, B), jump(C, 0, 4)), (cache) => cache.invalidateRange(1, 128, 132)])),
    'look-up against publishing': reserved(scenario([], [publish(4), (cache) => lookupTb(cache, 1, 128)], {
      check: (_heap, results) => {
        if (results[1] !== 0 && results[1] !== 4) throw new Error(`found TB ${results[1]}`);
      },
    })),
    'page descriptor made by two': scenario([], [(cache) => cache.pages.findOrInsert(0x15), (cache) => cache.pages.findOrInsert(0x15)], {
      check: (_heap, results) => equal(results[0], results[1], 'page descriptors'),
    }),
    'page descriptors of neighbours': scenario([], [(cache) => cache.pages.findOrInsert(0x15), (cache) => cache.pages.findOrInsert(0x16)], {
      check: (heap, results) => equal((results as number[]).map((at) => heap.u32[(at + m.PageLayout.offset.number) >>> 2]), [0x15, 0x16], 'page numbers'),
    }),
  };
}

/** Preemptions, where all orders that make a difference are too many. */
const BOUNDS: Readonly<Record<string, number>> = {
  'word lock of three': 2,
  'work queue': 2,
  'work queue that overflows': 2,
  'exclusive section against guest code': 3,
  'two exclusive sections': 3,
  'exclusive section against two': 2,
  'two exclusive sections against one': 2,
  'two jumps to what is being invalidated': 1,
  'translation against a store to the page': 2,
  'page descriptor made by two': 3,
};

export function scenarios(m: Modules): Record<string, Scenario> {
  const all = { ...lockScenarios(m), ...workScenarios(m), ...exclusiveScenarios(m), ...cacheScenarios(m) };
  return Object.fromEntries(Object.entries(all).map(([name, scenario]) => [name, name in BOUNDS ? { ...scenario, preemptions: BOUNDS[name]! } : scenario]));
}
