/**
 * The look-up of a TB in the hash table, as generated WebAssembly and by callbacks, side by side:
 *
 *     node bench/tb-lookup.ts [TBs]
 *
 * ns of the thread's own CPU time for each look-up that hits, in random order; medians of interleaved rounds.
 */
import * as atomic from '@mttcg/atomic';
import { CFlag } from '@mttcg/softmmu';
import { generateTbLookup } from '../src/tb/cache.ts';
import * as parts from '../test/model/parts.ts';
import { formatWorld, HEADER, openWorld, publishTb, worldBytes, type WorldSize } from '../test/model/tb-world.ts';
import { median } from './report.ts';

const ROUNDS = 15;
const LOOKUPS = 1 << 20;
const PER_PAGE = 64;

const tbs = Number(process.argv[2] ?? 20_000);
const m = { ...parts, atomic };
const size: WorldSize = { tbs: tbs + 1, cpus: 1, arena: 64 << 20 };
const pages = worldBytes(m, size) / 65536;
const heap = new atomic.Heap(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
formatWorld(m, heap, size, true);
const caches = { 'by callbacks': openWorld(m, heap, size), generated: openWorld(m, heap, size, generateTbLookup(heap, HEADER)) };
const place = (i: number): [number, number] => [1 + Math.floor(i / PER_PAGE), (i % PER_PAGE) * (4096 / PER_PAGE)];
for (let i = 0; i < tbs; i++) publishTb(m, heap, caches.generated, caches.generated.reserve(1), ...place(i));

const order = new Uint32Array(1 << 16);
for (let i = 0; i < order.length; i++) {
  const [page, offset] = place(Math.floor(Math.random() * tbs));
  order[i] = page * 4096 + offset;
}

function run(cache: (typeof caches)['generated']): number {
  let hits = 0;
  const before = process.threadCpuUsage();
  for (let i = 0; i < LOOKUPS; i++) {
    const phys = order[i & 0xffff]!;
    if (cache.lookup(phys, 0, 0, 0, CFlag.PARALLEL) !== 0) hits++;
  }
  const { user, system } = process.threadCpuUsage(before);
  if (hits !== LOOKUPS) throw new Error(`${hits} hits of ${LOOKUPS}`);
  return ((user + system) * 1000) / LOOKUPS;
}

const times: Record<string, number[]> = {};
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, cache] of Object.entries(caches)) {
    const ns = run(cache);
    if (round >= 0) (times[name] ??= []).push(ns);
  }
}
console.log(`look-ups among ${tbs} TBs:`);
for (const [name, values] of Object.entries(times)) console.log(`  ${name.padEnd(14)} ${median(values).toFixed(1)} ns`);
