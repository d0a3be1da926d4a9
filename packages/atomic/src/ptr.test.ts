import { expect, it } from 'vitest';
import { Heap } from './heap.ts';
import { defineLayout } from './layout.ts';
import * as ptr from './ptr.ts';
import { NULL } from './ptr.ts';

const Node = defineLayout({ name: 'Node', fields: { next: 'u32', value: 'u64' } });
const Other = defineLayout({ name: 'Other', fields: { next: 'u32' } });

it('pointers go in and out of their cells', () => {
  const heap = new Heap(new SharedArrayBuffer(256));
  const head = ptr.ptrCell(Node, 16);
  const [a, b] = [ptr.ptrTo(heap, Node, 64), ptr.ptrTo(heap, Node, 128)];
  expect(ptr.rcuReadPtr(heap, head)).toBe(NULL);
  ptr.rcuSetPtr(heap, head, a);
  expect([ptr.atomicReadPtr(heap, head), heap.u32[4]]).toEqual([a, 64]);
  expect([ptr.xchgPtr(heap, head, b), ptr.cmpxchgPtr(heap, head, a, NULL), ptr.loadAcquirePtr(heap, head)]).toEqual([a, b, b]);
  expect([ptr.cmpxchgPtr(heap, head, b, NULL), ptr.mbReadPtr(heap, head)]).toEqual([b, NULL]);
  ptr.storeReleasePtr(heap, head, b);
  ptr.mbSetPtr(heap, head, a);
  ptr.atomicSetPtr(heap, head, ptr.loadAcquirePtr(heap, head));
  expect([heap.u32[4], heap.u32[3], heap.u32[5]]).toEqual([64, 0, 0]);
  expect(ptr.fieldAddress(heap, Node, a, 'value')).toBe(72);
});

it('a pointer to one structure is none to another', () => {
  const heap = new Heap(new SharedArrayBuffer(256));
  const head = ptr.ptrCell(Node, 16);
  const other = ptr.ptrTo(heap, Other, 68);
  // @ts-expect-error: a pointer to another structure
  ptr.rcuSetPtr(heap, head, other);
  // @ts-expect-error: a number is no pointer
  ptr.rcuSetPtr(heap, head, 64);
  // @ts-expect-error: a pointer is no cell of pointers
  ptr.rcuReadPtr(heap, other);
  // @ts-expect-error: no such field
  expect(() => ptr.fieldAddress(heap, Node, ptr.ptrTo(heap, Node, 64), 'prev')).not.toThrow();
});

it('refuses null and bad offsets by name', () => {
  const heap = new Heap(new SharedArrayBuffer(256));
  expect(() => ptr.fieldAddress(heap, Node, NULL, 'value')).toThrow(/fieldAddress Node.value: handle is null/);
  expect(() => ptr.ptrTo(heap, Node, 68)).toThrow(/ptrTo Node: offset: offset 68 is not a multiple of 8/);
  expect(() => ptr.ptrTo(heap, Node, 248)).toThrow(/ptrTo Node: offset: 16 bytes at offset 248/);
  expect(() => ptr.rcuReadPtr(heap, ptr.ptrCell(Node, 18))).toThrow(/rcuReadPtr: addr: offset 18 is not a multiple of 4/);
});
