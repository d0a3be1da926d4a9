/**
 * "Pointers": byte offsets of structures in the heap, typed by the structure's layout. They are numbers at run time and cost
 * nothing; the types keep a pointer to one structure out of the place of a pointer to another. {@link NULL} is 0.
 *
 * ```ts
 * const Node = defineLayout({ name: 'Node', fields: { next: 'u32', value: 'u32' } });
 * const head = ptrCell(Node, 64);                 // the u32 at 64 holds a pointer to a Node
 * const first = rcuReadPtr(heap, head);           // Ptr<typeof Node>
 * if (first !== NULL) heap.u32[fieldAddress(heap, Node, first, 'value') >>> 2];
 * ```
 *
 * Arithmetic on a cell is that of `rmw.ts`, which takes it as the address that it is: `fetchOr32(heap, head, 1)` sets a tag
 * bit. Its results are numbers, as they point to no structure.
 */
import { CHECKED } from './checked.ts';
import { checkAddress, checkHandle } from './checks.ts';
import { checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import type { AnyLayout } from './layout.ts';
import * as primitive from './primitive.ts';

declare const pointee: unique symbol;
declare const content: unique symbol;

/** Byte offset of an `L` in the heap, or {@link NULL}. Made by {@link ptrTo}. */
export type Ptr<L> = number & { readonly [pointee]: (layout: L) => L };

/** Byte offset of a u32 that holds a {@link Ptr}: what C writes `T **`. Made by {@link ptrCell}. */
export type PtrCell<L> = number & { readonly [content]: (layout: L) => L };

/** The pointer to nothing: 0, of every type. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one type that every pointer type takes
export const NULL = 0 as Ptr<any>;

/**
 * `offset` as a pointer to a `layout`. 0 gives {@link NULL}.
 * @throws AtomicError ERR_MISALIGNED, ERR_OUT_OF_RANGE; in the development build
 */
export function ptrTo<L extends AnyLayout>(heap: Heap, layout: L, offset: number): Ptr<L> {
  if (CHECKED && offset !== 0) checkRange(`ptrTo ${layout.name}: offset`, offset, layout.size, layout.align, heap.size);
  return offset as Ptr<L>;
}

/** The u32 at `addr` as the place of a pointer to a `layout`. Its address is checked when it is used. */
export function ptrCell<L extends AnyLayout>(_layout: L, addr: number): PtrCell<L> {
  return addr as PtrCell<L>;
}

/**
 * Address of a field of the structure at `ptr`.
 * @throws AtomicError ERR_NULL_HANDLE for {@link NULL}, ERR_MISALIGNED, ERR_OUT_OF_RANGE; in the development build
 */
export function fieldAddress<L extends AnyLayout>(
  heap: Heap,
  layout: L,
  ptr: Ptr<L>,
  field: keyof L['offset'] & string,
): number {
  if (CHECKED) checkHandle(`fieldAddress ${layout.name}.${field}`, heap, ptr, layout.align);
  return ptr + layout.offset[field];
}

/**
 * `atomic_read` of a pointer. Ordering: relaxed. Cost: 7 to 12 ns. Pairs with nothing by itself; before a barrier, with
 * what that pairs with.
 */
export function atomicReadPtr<L>(heap: Heap, at: PtrCell<L>): Ptr<L> {
  if (CHECKED) checkAddress('atomicReadPtr', heap, at, 4);
  return primitive.load(heap.u32, at >>> 2) as Ptr<L>;
}

/**
 * `atomic_set` of a pointer. Ordering: relaxed. Cost: 10 to 12 ns. Pairs with nothing by itself; after a barrier, with what
 * that pairs with.
 */
export function atomicSetPtr<L>(heap: Heap, at: PtrCell<L>, value: Ptr<L>): void {
  if (CHECKED) checkAddress('atomicSetPtr', heap, at, 4);
  primitive.store(heap.u32, at >>> 2, value);
}

/**
 * `atomic_load_acquire` of a pointer. Ordering: acquire, what follows happens after it. Cost: 7 to 12 ns. Pairs with {@link
 * storeReleasePtr} of the same cell.
 */
export function loadAcquirePtr<L>(heap: Heap, at: PtrCell<L>): Ptr<L> {
  if (CHECKED) checkAddress('loadAcquirePtr', heap, at, 4);
  return primitive.load(heap.u32, at >>> 2) as Ptr<L>;
}

/**
 * `atomic_store_release` of a pointer. Ordering: release, what precedes happens before it. Cost: 10 to 12 ns. Pairs with
 * {@link loadAcquirePtr} of the same cell.
 */
export function storeReleasePtr<L>(heap: Heap, at: PtrCell<L>, value: Ptr<L>): void {
  if (CHECKED) checkAddress('storeReleasePtr', heap, at, 4);
  primitive.store(heap.u32, at >>> 2, value);
}

/**
 * `atomic_rcu_read`: loads the pointer to an RCU-protected structure, within a read-side critical section. Ordering:
 * acquire for accesses through the pointer, which may be plain. Cost: 7 to 12 ns. Pairs with {@link rcuSetPtr} of the same
 * cell.
 */
export function rcuReadPtr<L>(heap: Heap, at: PtrCell<L>): Ptr<L> {
  if (CHECKED) checkAddress('rcuReadPtr', heap, at, 4);
  return primitive.load(heap.u32, at >>> 2) as Ptr<L>;
}

/**
 * `atomic_rcu_set`: publishes a structure. Ordering: release, the structure's initialisation happens before it and
 * may be plain. Cost: 10 to 12 ns. Pairs with {@link rcuReadPtr} of the same cell.
 */
export function rcuSetPtr<L>(heap: Heap, at: PtrCell<L>, value: Ptr<L>): void {
  if (CHECKED) checkAddress('rcuSetPtr', heap, at, 4);
  primitive.store(heap.u32, at >>> 2, value);
}

/**
 * `atomic_mb_read` of a pointer. Ordering: acquire. Cost: 7 to 12 ns. Pairs with {@link mbSetPtr} of the same cell.
 * @deprecated as in the design document: use {@link rcuReadPtr} or {@link loadAcquirePtr}.
 */
export function mbReadPtr<L>(heap: Heap, at: PtrCell<L>): Ptr<L> {
  if (CHECKED) checkAddress('mbReadPtr', heap, at, 4);
  return primitive.load(heap.u32, at >>> 2) as Ptr<L>;
}

/**
 * `atomic_mb_set` of a pointer. Ordering: release, and before later {@link mbReadPtr}s. Cost: 10 to 12 ns. Pairs with
 * {@link mbReadPtr} of the same cell.
 * @deprecated as in the design document: use {@link rcuSetPtr}, or {@link storeReleasePtr} and {@link smpMb}.
 */
export function mbSetPtr<L>(heap: Heap, at: PtrCell<L>, value: Ptr<L>): void {
  if (CHECKED) checkAddress('mbSetPtr', heap, at, 4);
  primitive.store(heap.u32, at >>> 2, value);
}

/**
 * `atomic_xchg`: stores a pointer; returns the old one. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same cell.
 */
export function xchgPtr<L>(heap: Heap, at: PtrCell<L>, value: Ptr<L>): Ptr<L> {
  if (CHECKED) checkAddress('xchgPtr', heap, at, 4);
  return primitive.exchange(heap.u32, at >>> 2, value) as Ptr<L>;
}

/**
 * `atomic_cmpxchg`: stores `next` if the cell holds `expected`; returns the old pointer, which is `expected` on
 * success. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access to the same cell.
 */
export function cmpxchgPtr<L>(heap: Heap, at: PtrCell<L>, expected: Ptr<L>, next: Ptr<L>): Ptr<L> {
  if (CHECKED) checkAddress('cmpxchgPtr', heap, at, 4);
  return primitive.compareExchange(heap.u32, at >>> 2, expected, next) as Ptr<L>;
}
