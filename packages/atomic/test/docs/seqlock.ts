import { atomicRead32, atomicSet32, SeqLock, type Heap } from '@mttcg/atomic';

const LOCK = 64;
const LOW = 128;
const HIGH = 132;

export const threads = [
  (heap: Heap) => {
    const seq = new SeqLock(heap, LOCK);
    for (let i = 1; i <= 5; i++) {
      seq.writeBegin();
      atomicSet32(heap, LOW, i);
      atomicSet32(heap, HIGH, -i);
      seq.writeEnd();
    }
  },
  (heap: Heap) => {
    const seq = new SeqLock(heap, LOCK);
    let low: number;
    let high: number;
    let start: number;
    do {
      start = seq.readBegin();
      low = atomicRead32(heap, LOW);
      high = atomicRead32(heap, HIGH);
    } while (seq.readRetry(start));
    return [low, high];
  },
];

export const check = ([, [low, high]]: number[][]) => ((low + high) | 0) === 0;
