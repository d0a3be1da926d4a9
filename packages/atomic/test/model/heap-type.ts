// Its own file, so that copies of the model under test can point it at their copy of the heap.
export type { Heap } from '../../src/heap.ts';
