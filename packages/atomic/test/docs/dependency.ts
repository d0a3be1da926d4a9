import { defineLayout, fieldAddress, NULL, ptrCell, ptrTo, rcuReadPtr, rcuSetPtr, type Heap } from '@mttcg/atomic';

const Item = defineLayout({ name: 'Item', fields: { index: 'u32' } });
const TABLE = 256;
const current = ptrCell(Item, 64);

export const threads = [
  (heap: Heap) => {
    const item = ptrTo(heap, Item, 128);
    heap.u32[(TABLE >>> 2) + 2] = 1;
    heap.u32[fieldAddress(heap, Item, item, 'index') >>> 2] = 2;
    rcuSetPtr(heap, current, item); // publishes both ordinary writes
  },
  (heap: Heap) => {
    const item = rcuReadPtr(heap, current);
    if (item === NULL) return [0, 0];
    const index = heap.u32[fieldAddress(heap, Item, item, 'index') >>> 2];
    return [index, heap.u32[(TABLE >>> 2) + index]];
  },
];

/** What the pointer leads to, and what that leads to, is there. */
export const check = ([, [index, value]]: number[][]) => (index === 0 ? value === 0 : index === 2 && value === 1);
