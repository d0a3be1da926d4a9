import { expect, it } from 'vitest';
import { Heap, Mutex } from './index.ts';

it('lockWithin() takes a free lock, and gives up on one that is not given up', () => {
  const mutex = new Mutex(new Heap(new SharedArrayBuffer(8)), 4);
  expect(mutex.lockWithin(5)).toBe(true);
  expect(mutex.lockWithin(5)).toBe(false);
  expect(mutex.isLocked()).toBe(true);
  mutex.unlock();
  expect(mutex.lockWithin(5)).toBe(true);
  mutex.unlock();
  expect(mutex.isLocked()).toBe(false);
});
