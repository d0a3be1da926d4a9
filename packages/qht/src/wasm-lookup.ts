/**
 * {@link Qht.lookup} as generated WebAssembly over the same table: for comparators that only compare fields, which is
 * most of them. Two to three times as fast as callbacks, and the only form that other generated code can call.
 *
 * ## What is proved how
 * The steps are those of Qht.lookup(), and so are the reasons (the essay on top of `qht.ts`): a hit is an element whose
 * own fields were compared, a miss is believed only if the sequence was even and is unchanged. The differences:
 *  - *Every load of the table that has to stay in order is atomic*, hashes included. On x86-64 that is the same `mov`;
 *    engines reorder plain loads. So a miss needs no fence: atomic accesses are in one order anyway.
 *  - *A bucket's hashes are compared without branches*, into a mask of candidates: which of the six matches is random, and
 *    a wrongly predicted branch costs as much as all six comparisons.
 *  - *Code cannot sleep.* After {@link LookupDescription.attempts} misses in the middle of a write it calls the imported
 *    function `wait`, which naps as Qht.lookup() does. In a module without that import it returns {@link BUSY}.
 *
 * ## Rejected
 *  - *A JavaScript loop around a function that may return BUSY*: it would have to forward any number of arguments.
 *  - *Plain loads of hashes and a fence on a miss*, as in JavaScript: the fence takes 10 ns, half a lookup.
 *  - *64-bit parameters*: JavaScript passes them as BigInt, which allocates.
 *  - *Vector comparison of the hashes*: vector loads are not atomic.
 */
import { AtomicError, load, wasm, type Heap } from '@mttcg/atomic';
import { BUCKET_ENTRIES, QhtBucket, QhtHeader, QhtMap, SEQUENCE } from './layout.ts';
import { headOf } from './map.ts';
import { awaitChange, DEFAULT_STALL_MS } from './wait.ts';

/** One field that must be equal. */
export interface KeyField {
  /** Byte offset in the element. */
  readonly offset: number;
  /** Bits of the field, and of the value it is compared with; narrow ones are unsigned. */
  readonly width: 8 | 16 | 32 | 64;
  /**
   * Where the sought value is: the lookup's key parameter of this number, from 0; or at this byte offset of a key record
   * in the same memory, whose address is the last parameter. 64 bits come from a record only.
   */
  readonly key: { readonly param: number } | { readonly record: number };
  /** Read it by an atomic load, as it changes while the element is in the table. 32 bits at most, naturally aligned. */
  readonly atomic?: boolean;
}

/** What a lookup is generated from. */
export interface LookupDescription {
  /** Address of the table's header. */
  readonly table: number;
  /** The element's address is `base + handle * stride`. Default 0 and 1: handles are addresses. */
  readonly base?: number;
  readonly stride?: number;
  /** Compared in this order; an element with all of them equal is found. */
  readonly fields: readonly KeyField[];
  /** Scans of a chain that is being changed, before it waits. Default 64. */
  readonly attempts?: number;
}

/** Returned by a lookup without `wait` when the chain was in change all the time; 0xffffffff is no handle. */
export const BUSY = -1;

/**
 * A generated lookup: the hash, the key parameters, then the record's address if there is one.
 * @returns the element as an i32 (`>>> 0` where handles may be 2^31 or more), or 0
 */
export type WasmLookup = (hash: number, ...key: number[]) => number;

const DEFAULT_ATTEMPTS = 64;
const MAX_PARAMS = 100;
const LOADS = { 8: wasm.I32_LOAD8_U, 16: wasm.I32_LOAD16_U, 32: wasm.I32_LOAD, 64: wasm.I64_LOAD } as const;

function refuse(what: string, why: string): never {
  throw new AtomicError('ERR_BAD_ARGUMENT', `qht lookup: ${what}: ${why}`);
}

function checkU32(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) refuse(what, `${value} is not a u32`);
}

function checkField(field: KeyField, name: string, base: number, stride: number): void {
  const { offset, width, key } = field;
  if (LOADS[width] === undefined) refuse(`${name}.width`, `${width} is not 8, 16, 32 or 64`);
  checkU32(`${name}.offset`, offset);
  checkU32(`${name}.offset`, base + offset);
  if ('param' in key) {
    if (width === 64) refuse(`${name}.key`, '64 bits come from a record, or as two fields of 32 bits');
    if (!Number.isInteger(key.param) || key.param < 0 || key.param >= MAX_PARAMS) {
      refuse(`${name}.key.param`, `${key.param} is not 0 to ${MAX_PARAMS - 1}`);
    }
  } else checkU32(`${name}.key.record`, key.record);
  if (field.atomic !== true) return;
  if (width === 64) refuse(`${name}.atomic`, '32 bits at most');
  const bytes = width / 8;
  if ((base + offset) % bytes !== 0 || (stride !== 1 && stride % bytes !== 0)) {
    refuse(`${name}.atomic`, `the field's address is not a multiple of ${bytes}`);
  }
}

/** Key parameters, and whether a record's address follows them. @throws AtomicError */
function checkDescription(description: LookupDescription): { params: number; record: boolean } {
  const { table, base = 0, stride = 1, fields, attempts = 1 } = description;
  checkU32('table', table);
  if (table % QhtHeader.align !== 0) {
    throw new AtomicError('ERR_MISALIGNED', `qht lookup: table: ${table} is not a multiple of ${QhtHeader.align}`);
  }
  checkU32('base', base);
  checkU32('stride', stride);
  if (stride === 0) refuse('stride', 'is 0');
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 0x7fffffff) {
    refuse('attempts', `${attempts} is not 1 to 2^31 - 1`);
  }
  if (fields.length === 0) refuse('fields', 'none: an equal hash is not an equal key');
  fields.forEach((field, i) => checkField(field, `fields[${i}]`, base, stride));
  const params = Math.max(0, ...fields.map(({ key }) => ('param' in key ? key.param + 1 : 0)));
  return { params, record: fields.some(({ key }) => 'record' in key) };
}

/**
 * The bytes of a module that exports `lookup`, a {@link WasmLookup}, and imports the memory as `heap.memory` and, unless
 * `wait` is false, `heap.wait(hash)`: it returns when the chain of that hash may be worth another look. Integer
 * instructions, plain and atomic loads, no stores.
 * @throws AtomicError naming the part of the description that is wrong
 */
export function lookupModule(description: LookupDescription, { wait = true } = {}): Uint8Array<ArrayBuffer> {
  const { params, record } = checkDescription(description);
  const keys = params + (record ? 1 : 0);
  const code = lookupCode(description, 1 + params, 1 + keys, wait);
  return wasm.wasmModule(
    [{ name: 'lookup', params: 1 + keys, locals: LOCALS, result: true, code }],
    wait ? [{ name: 'wait', params: 1 }] : [],
  );
}

const HASH = 0;
/** Locals of the function's own. */
const LOCALS = 7;
/** Index of the only import. */
const WAIT = 0;

/** @param record local with the record's address @param first first local of the function's own */
function lookupCode(description: LookupDescription, record: number, first: number, wait: boolean): number[] {
  const { table, base = 0, stride = 1, fields, attempts = DEFAULT_ATTEMPTS } = description;
  const { localGet, localSet, localTee, i32Const, access, BLOCK, LOOP, VOID, END, BR, BR_IF, RETURN } = wasm;
  const HEAD = first;
  const SEQUENCE_SEEN = first + 1;
  const BUCKET = first + 2;
  const CANDIDATES = first + 3;
  const HANDLE = first + 4;
  const ELEMENT = first + 5;
  const LEFT = first + 6;
  const word = (offset: number): number[] => access(wasm.I32_LOAD.plain, 2, offset);
  const atomic = (offset: number): number[] => access(wasm.I32_LOAD.atomic, 2, offset);

  const candidates: number[] = [];
  for (let i = 0; i < BUCKET_ENTRIES; i++) {
    candidates.push(...localGet(BUCKET), ...atomic(QhtBucket.offset.hashes + 4 * i), ...localGet(HASH), wasm.I32_EQ);
    if (i > 0) candidates.push(...i32Const(i), wasm.I32_SHL, wasm.I32_OR);
  }
  const address = stride === 1 ? [] : [...localGet(HANDLE), ...i32Const(stride), wasm.I32_MUL, ...localSet(ELEMENT)];
  const differs = fields.flatMap(({ offset, width, key, atomic: isAtomic }) => {
    const op = LOADS[width];
    const bits = Math.log2(width / 8);
    return [
      ...localGet(stride === 1 ? HANDLE : ELEMENT),
      ...access(isAtomic === true ? op.atomic : op.plain, bits, base + offset),
      ...('param' in key ? localGet(1 + key.param) : [...localGet(record), ...access(op.plain, bits, key.record)]),
      width === 64 ? wasm.I64_NE : wasm.I32_NE, BR_IF, 0,
    ];
  });

  return [
    ...i32Const(attempts), ...localSet(LEFT),
    LOOP, VOID, // an attempt
    BLOCK, VOID, // left when there is no table yet, or none that lacks the element
    // acquire: pairs with the store in Qht's #replaceLocked(), after which the map's fields do not change
    ...i32Const(0), ...atomic(table + QhtHeader.offset.map), ...localTee(BUCKET), wasm.I32_EQZ, BR_IF, 0,
    ...localGet(BUCKET), ...word(QhtMap.offset.buckets),
    ...localGet(BUCKET), ...word(QhtMap.offset.mask), ...localGet(HASH), wasm.I32_AND,
    ...i32Const(Math.log2(QhtBucket.size)), wasm.I32_SHL, wasm.I32_ADD, ...localTee(HEAD), ...localSet(BUCKET),
    // acquire: pairs with endLocked() of the last writer
    ...localGet(HEAD), ...atomic(QhtBucket.offset.sequence), ...localSet(SEQUENCE_SEEN),
    LOOP, VOID, // a bucket
    ...candidates, ...localSet(CANDIDATES),
    BLOCK, VOID,
    LOOP, VOID, // a candidate
    ...localGet(CANDIDATES), wasm.I32_EQZ, BR_IF, 1,
    // acquire: pairs with the store in insertLocked(): the element's contents are visible
    ...localGet(CANDIDATES), wasm.I32_CTZ, ...i32Const(2), wasm.I32_SHL, ...localGet(BUCKET), wasm.I32_ADD,
    ...atomic(QhtBucket.offset.pointers), ...localSet(HANDLE),
    BLOCK, VOID,
    ...localGet(HANDLE), wasm.I32_EQZ, BR_IF, 0,
    ...address,
    ...differs,
    ...localGet(HANDLE), RETURN,
    END,
    // the lowest candidate goes
    ...localGet(CANDIDATES), ...localGet(CANDIDATES), ...i32Const(1), wasm.I32_SUB, wasm.I32_AND, ...localSet(CANDIDATES),
    BR, 0,
    END,
    END,
    // acquire: pairs with the store of `next` in insertLocked()
    ...localGet(BUCKET), ...atomic(QhtBucket.offset.next), ...localTee(BUCKET), BR_IF, 0,
    END,
    BLOCK, VOID, // left when a writer was inside
    ...localGet(SEQUENCE_SEEN), ...i32Const(1), wasm.I32_AND, BR_IF, 0,
    // pairs with beginLocked(): what was scanned above was not being changed
    ...localGet(HEAD), ...atomic(QhtBucket.offset.sequence), ...localGet(SEQUENCE_SEEN), wasm.I32_EQ, BR_IF, 1,
    END,
    ...localGet(LEFT), ...i32Const(1), wasm.I32_SUB, ...localTee(LEFT), BR_IF, 1,
    ...(wait
      ? [...localGet(HASH), wasm.CALL, WAIT, ...i32Const(attempts), ...localSet(LEFT), BR, 1]
      : [...i32Const(BUSY), RETURN]),
    END,
    END,
    ...i32Const(0),
  ];
}

/**
 * Compiles and instantiates a lookup for this thread (some 100 µs; once for each thread and table).
 * @param options.stallMs as in Qht's options
 * @throws AtomicError for a bad description, a table beyond the heap, or a heap over a bare SharedArrayBuffer;
 *   WebAssembly.CompileError where a content security policy forbids compiling: use Qht.lookup() there.
 *   The lookup itself: ERR_STALLED as Qht.lookup(), WebAssembly.RuntimeError for a handle that leads out of the memory
 */
export function generateLookup(heap: Heap, description: LookupDescription, options: { readonly stallMs?: number } = {}): WasmLookup {
  const bytes = lookupModule(description);
  const { table } = description;
  if (table + QhtHeader.size > heap.size) {
    throw new AtomicError('ERR_OUT_OF_RANGE', `qht lookup: table: ${table} is not within ${heap.size} bytes`);
  }
  const stallMs = options.stallMs ?? DEFAULT_STALL_MS;
  const wait = (hash: number): void => {
    const map = load(heap.u32, (table + QhtHeader.offset.map) >>> 2);
    const sequenceAt = headOf(heap, map, hash) + SEQUENCE;
    const sequence = load(heap.i32, sequenceAt);
    if ((sequence & 1) !== 0) awaitChange(heap.i32, sequenceAt, sequence, stallMs, 'change of the chain');
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { heap: { memory: heap.memory, wait } });
  return instance.exports['lookup'] as WasmLookup;
}
