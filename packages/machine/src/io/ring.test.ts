import { Heap } from '@mttcg/atomic';
import { beforeEach, expect, it } from 'vitest';
import { ByteRing, RingLayout } from './ring.ts';

const AT = 4096;
const WAKE = 64;
let heap: Heap;
let ring: ByteRing;
beforeEach(() => {
  heap = new Heap(new SharedArrayBuffer(1 << 16));
  ring = new ByteRing(heap, AT, WAKE);
});

const fill = (): number => {
  let n = 0;
  while (ring.push(n & 0xff)) n++;
  return n;
};

it('takes so much and gives it back in order', () => {
  expect([ring.length, ring.take()]).toEqual([0, -1]);
  const n = fill();
  expect([n, ring.length, ring.room]).toEqual([RingLayout.count.data, n, 0]);
  expect(ring.takeAll()).toEqual(Uint8Array.from({ length: n }, (_, i) => i));
  expect([ring.length, ring.room]).toEqual([0, n]);
});

it('goes on when its positions wrap', () => {
  heap.u32.fill(0xfffffffe, AT >>> 2, (AT >>> 2) + 2);
  for (let i = 0; i < 5; i++) ring.push(i);
  expect([ring.length, [...ring.takeAll()]]).toEqual([5, [0, 1, 2, 3, 4]]);
  expect(fill()).toBe(RingLayout.count.data);
});

it('tells the consumer only when it may have found nothing', () => {
  ring.push(1);
  ring.push(2);
  expect(heap.u32[WAKE >>> 2]).toBe(1);
  ring.takeAll();
  ring.push(3);
  expect(heap.u32[WAKE >>> 2]).toBe(2);
});

it('tells a producer of room', async () => {
  await ring.roomAsync();
  fill();
  let room = false;
  const waiting = ring.roomAsync().then(() => (room = true));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(room).toBe(false);
  ring.take();
  ring.wakeProducer();
  await waiting;
  expect(ring.push(0)).toBe(true);
});
