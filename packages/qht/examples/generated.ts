import { Arena, defineLayout, Heap } from '@mttcg/atomic';
import { generateLookup, Qht } from '@mttcg/qht';

const Point = defineLayout({ name: 'Point', fields: { x: 'u32', y: 'u32', colour: 'u32' } });
const { x, y, colour } = Point.offset;
const ARENA = 16;
const TABLE = 256;

const heap = new Heap(new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true }));
const arena = Arena.format(heap, ARENA, 1024, heap.size);
const table = Qht.format(heap, TABLE, arena, { elements: 10_000 });
const hash = (px: number, py: number) => Math.imul(px ^ Math.imul(py, 0x85ebca77), 0x9e3779b1) >>> 7;

for (let i = 0; i < 10_000; i++) {
  const point = arena.alloc(Point.size, Point.align);
  heap.u32[(point + x) >>> 2] = i % 100;
  heap.u32[(point + y) >>> 2] = Math.floor(i / 100);
  heap.u32[(point + colour) >>> 2] = i;
  table.insert(hash(i % 100, Math.floor(i / 100)), point);
}

// On each thread: compiled once, then called with the hash and the key's parts.
const find = generateLookup(heap, {
  table: TABLE,
  fields: [
    { offset: x, width: 32, key: { param: 0 } },
    { offset: y, width: 32, key: { param: 1 } },
  ],
});
console.log(heap.u32[(find(hash(34, 12), 34, 12) + colour) >>> 2], find(hash(100, 0), 100, 0));
