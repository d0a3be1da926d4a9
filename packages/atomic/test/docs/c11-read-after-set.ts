import { atomicRead32, atomicSet32, smpMb, type Heap } from '@mttcg/atomic';

const X = 64;
const Y = 128;

/** For a word that one thread only writes: no read-modify-write, but a barrier. */
const bump = (mine: number, other: number) => (heap: Heap) => {
  const a = atomicRead32(heap, mine);
  atomicSet32(heap, mine, a + 2);
  smpMb(heap);
  return [a, atomicRead32(heap, other)];
};

export const threads = [bump(X, Y), bump(Y, X)];

export const check = ([[, y], [, x]]: number[][]) => y === 2 || x === 2;
