import { SList, type Heap } from '@mttcg/atomic';

const HEAD = 64;

const push = (node: number) => (heap: Heap) => {
  heap.u32[(node + 4) >>> 2] = node; // an ordinary write: insertHead() releases it
  new SList(heap, HEAD).insertHead(node);
};

export const threads = [
  push(128),
  push(192),
  (heap: Heap) => {
    const list = new SList(heap, HEAD);
    const taken: number[] = [];
    while (taken.length < 2) {
      for (let node = list.moveAll(); node !== 0; node = list.next(node)) taken.push(heap.u32[(node + 4) >>> 2]);
    }
    return taken;
  },
];

export const check = ([, , taken]: number[][]) => taken.toSorted((a, b) => a - b).join() === '128,192';
