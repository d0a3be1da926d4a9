import { atomicRead32, Event, fetchInc32, type Heap } from '@mttcg/atomic';

const EVENT = 64;
const WORK = 128;

const produce = (heap: Heap) => {
  fetchInc32(heap, WORK);
  new Event(heap, EVENT).set();
};

export const threads = [
  (heap: Heap) => {
    const event = new Event(heap, EVENT);
    for (;;) {
      event.reset(); // first, or a set() between looking and waiting would be lost
      if (atomicRead32(heap, WORK) === 2) return [2];
      event.wait();
    }
  },
  produce,
  produce,
];

export const check = ([[work]]: number[][]) => work === 2;
