/** What elements cost in memory, and what resizes of large tables cost in time. */
import { Arena, Heap, type BlockSource } from '@mttcg/atomic';
import { BUCKET_ENTRIES, Qht, QhtBucket } from '../src/index.ts';
import { hashOf } from './job.ts';
import { median } from './report.ts';

const ARENA = 16;
const TABLE = 256;
const ARENA_START = 4096;

/** An arena over the start of a memory, which is used again for each table. */
function makeTable(heap: Heap, elements: number, autoResize: boolean): { table: Qht; arena: Arena; source: BlockSource } {
  const arena = Arena.format(heap, ARENA, ARENA_START, heap.size);
  return { table: Qht.format(heap, TABLE, arena, { elements, autoResize }), arena, source: arena };
}

function fill(table: Qht, count: number): void {
  for (let key = 1; key <= count; key++) table.insert(hashOf(key), key);
}

function bytesPerElement(heap: Heap): void {
  console.log('\nmemory: bytes per element of the map in use (32-bit hash and 32-bit handle in each entry)');
  console.log('  elements  made for  head buckets  chained  in use of heads  bytes per element');
  const rows: [count: number, elements: number, autoResize: boolean][] = [
    [200_000, 200_000, false], [1_000_000, 1_000_000, false], [393_216, 393_216, false], [1_000_000, 0, true], [700_000, 0, true],
  ];
  for (const [count, elements, autoResize] of rows) {
    const { table } = makeTable(heap, elements, autoResize);
    fill(table, count);
    const { headBuckets, chains } = table.statistics();
    const used = chains.counts.reduce((sum, n, buckets) => sum + n * Math.max(0, buckets - 1), 0);
    const bytes = (headBuckets + used) * QhtBucket.size;
    const load = (count / (headBuckets * BUCKET_ENTRIES)) * 100;
    console.log(`  ${String(count).padStart(8)}  ${(autoResize ? 'grown' : String(elements)).padStart(8)}  ${String(headBuckets).padStart(12)}  ${String(used).padStart(7)}  ${`${load.toFixed(0)} %`.padStart(15)}  ${(bytes / count).toFixed(1).padStart(17)}`);
  }
}

function timeOf(body: () => void): number {
  const begin = performance.now();
  body();
  return performance.now() - begin;
}

function resizes(heap: Heap, count: number, rounds: number): void {
  const up: number[] = [];
  const down: number[] = [];
  const grown: number[] = [];
  const made: number[] = [];
  const doublings: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { table } = makeTable(heap, count, false);
    made.push(timeOf(() => fill(table, count)));
    up.push(timeOf(() => table.resize(count * 2)));
    down.push(timeOf(() => table.resize(count)));
    const growing = makeTable(heap, 0, true);
    grown.push(timeOf(() => fill(growing.table, count)));
    doublings.push(growing.table.resizes);
  }
  const line = (what: string, values: number[]): void => {
    const ms = median(values);
    console.log(`  ${what.padEnd(44)} ${ms.toFixed(0).padStart(6)} ms ${((ms * 1e6) / count).toFixed(0).padStart(6)} ns per element`);
  };
  console.log(`\nresizes with ${count} elements, medians of ${rounds}`);
  line('to twice the size', up);
  line('back to the size', down);
  line('all inserted into a table made for them', made);
  line(`all inserted, growing from one bucket (${median(doublings)} times)`, grown);
}

export function memory(rounds: number): void {
  const pages = 8192;
  const heap = new Heap(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  bytesPerElement(heap);
  resizes(heap, 1_000_000, rounds);
}
