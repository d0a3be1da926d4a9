import { describe, expect, it } from 'vitest';
import { Arena, AtomicError, defineLayout, Heap, Pool } from '@mttcg/atomic';
import { randomFrom } from '../test/job.ts';
import { BUSY, generateLookup, lookupModule, Qht, QhtBucket, QhtHeader, QhtMap, type LookupDescription, type WasmLookup } from './index.ts';

const BASE = 256;
const Element = defineLayout({ name: 'Element', fields: { id: 'u64', page: 'u32', tag: 'u16', kind: 'u8', spare: 'u8' } });
const E = Element.offset;

function make(pages = 64) {
  const heap = new Heap(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  const arena = Arena.format(heap, 16, 4096, heap.size);
  const table = Qht.format(heap, BASE, new Pool(heap, 32, arena), { autoResize: true });
  return { heap, arena, table };
}

/** Ways to describe one key: id of 64 bits, page, tag, kind; all must give Qht.lookup()'s answers. */
const BY_PARAMS = [
  { offset: E.kind, width: 8, key: { param: 4 } },
  { offset: E.tag, width: 16, key: { param: 3 } },
  { offset: E.page, width: 32, key: { param: 2 }, atomic: true },
  { offset: E.id, width: 32, key: { param: 0 } },
  { offset: E.id + 4, width: 32, key: { param: 1 } },
] as const;
const BY_RECORD = [
  { offset: E.id, width: 64, key: { record: E.id } },
  { offset: E.page, width: 32, key: { record: E.page } },
  { offset: E.tag, width: 16, key: { record: E.tag }, atomic: true },
  { offset: E.kind, width: 8, key: { record: E.kind }, atomic: true },
] as const;
const MIXED = [
  { offset: E.page, width: 32, key: { param: 0 } },
  { offset: E.id, width: 64, key: { record: E.id + 16 } },
  { offset: E.tag, width: 16, key: { param: 1 } },
  { offset: E.kind, width: 8, key: { record: 16 + E.kind } },
] as const;

describe.each([1, 2, 3])('on a random table (seed %i)', (seed) => {
  it.each(['addresses', 'indexes'])('finds what Qht.lookup() finds; handles are %s', (handles) => {
    const { heap, arena, table } = make();
    const { u32, u16, u8 } = heap;
    const random = randomFrom(seed * 7919);
    const COUNT = 600;
    const base = arena.alloc(Element.size * (COUNT + 1), 64);
    const record = arena.alloc(Element.size, 8);
    const stride = handles === 'addresses' ? 1 : Element.size;
    const description = (fields: LookupDescription['fields']): LookupDescription =>
      ({ table: BASE, fields, ...(stride === 1 ? {} : { base, stride }) });
    const byParams = generateLookup(heap, description(BY_PARAMS));
    const byRecord = generateLookup(heap, description(BY_RECORD));
    const mixed = generateLookup(heap, description(MIXED));

    // Small parts, so that keys often agree in all but one; few hashes, so that chains form.
    const draw = () => [random() % 3, random() % 2, random() % 4, 0xfff0 + (random() % 3), 0xfe + (random() % 2)] as const;
    type Key = ReturnType<typeof draw>;
    const hashOf = (key: Key) => Math.imul(key[0] + key[1] * 3 + 1, 0x9e3779b1);
    const write = (at: number, [lo, hi, page, tag, kind]: Key): void => {
      u32[(at + E.id) >>> 2] = lo;
      u32[(at + E.id + 4) >>> 2] = hi;
      u32[(at + E.page) >>> 2] = page;
      u16[(at + E.tag) >>> 1] = tag;
      u8[at + E.kind] = kind;
    };
    const addressOf = (handle: number) => (stride === 1 ? handle : base + handle * stride);
    const equal = (handle: number, key?: Key): boolean => {
      const at = addressOf(handle);
      return u32[(at + E.id) >>> 2] === key![0] && u32[(at + E.id + 4) >>> 2] === key![1] && u32[(at + E.page) >>> 2] === key![2] &&
        u16[(at + E.tag) >>> 1] === key![3] && u8[at + E.kind] === key![4];
    };
    const sameKey = (a: number, b: number) => {
      const at = addressOf(b);
      return equal(a, [u32[(at + E.id) >>> 2], u32[(at + E.id + 4) >>> 2], u32[(at + E.page) >>> 2], u16[(at + E.tag) >>> 1], u8[at + E.kind]] as unknown as Key);
    };

    const seen = { hits: 0, misses: 0 };
    const keys = new Map<number, Key>();
    for (let i = 1; i <= COUNT; i++) {
      const handle = stride === 1 ? base + i * Element.size : i;
      const key = draw();
      write(addressOf(handle), key);
      if (table.insert(hashOf(key), handle, sameKey) === 0) keys.set(handle, key);
      if (i % 5 === 0) {
        const victim = [...keys.keys()][random() % keys.size];
        table.remove(hashOf(keys.get(victim)!), victim);
        keys.delete(victim);
      }
      const sought = draw();
      write(record, sought);
      const hash = hashOf(sought);
      const expected = table.lookup(hash, equal, sought);
      seen[expected === 0 ? 'misses' : 'hits']++;
      expect(byParams(hash, ...sought)).toBe(expected);
      expect(byRecord(hash, record)).toBe(expected);
      expect(mixed(hash, sought[2], sought[3], record - 16)).toBe(expected);
    }
    expect(table.resizes).toBeGreaterThan(1);
    expect(table.statistics().chains.max).toBeGreaterThan(1);
    expect(Math.min(seen.hits, seen.misses)).toBeGreaterThan(50);
  });
});

describe('a generated lookup', () => {
  const KEY_32 = { table: BASE, fields: [{ offset: 0, width: 32, key: { param: 0 } }] } as const satisfies LookupDescription;
  const filled = (count: number) => {
    const world = make();
    const first = world.arena.alloc(4 * count, 64);
    for (let i = 0; i < count; i++) {
      world.heap.u32[(first >>> 2) + i] = i;
      world.table.insert(i * 77, first + 4 * i);
    }
    return { ...world, first, lookup: generateLookup(world.heap, KEY_32) };
  };

  it('writes nothing', () => {
    const { heap, first, lookup } = filled(100);
    const before = Buffer.from(heap.u8.slice());
    for (let i = 0; i < 200; i++) expect(lookup(i * 77, i)).toBe(i < 100 ? first + 4 * i : 0);
    expect(Buffer.from(heap.u8.slice()).equals(before)).toBe(true);
  });

  it('follows resizes and resets', () => {
    const { table, first, lookup } = filled(100);
    for (const elements of [0, 10_000, 100]) {
      table.resize(elements);
      for (let i = 0; i < 100; i++) expect(lookup(i * 77, i)).toBe(first + 4 * i);
    }
    table.reset();
    expect(lookup(77, 1)).toBe(0);
  });

  it('takes hashes signed or not and gives handles as i32', () => {
    const { heap, table } = make(1);
    // twice the handle is 2 in 32 bits
    const handle = 0x80000001;
    const lookup = generateLookup(heap, { table: BASE, stride: 2, fields: [{ offset: 2, width: 32, key: { param: 0 } }] });
    heap.u32[1] = 9;
    table.insert(-1, handle);
    expect([lookup(-1, 9), lookup(0xffffffff, 9) >>> 0, lookup(-1, 8)]).toEqual([handle | 0, handle, 0]);
  });

  it('finds nothing in a table that is not formatted', () => {
    const { heap } = make(1);
    expect(generateLookup(heap, { ...KEY_32, table: 1024 })(1, 1)).toBe(0);
  });

  it('while a writer is inside: finds what is there; a miss is busy, or waits', () => {
    const { heap, first, lookup } = filled(20);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(lookupModule({ ...KEY_32, attempts: 3 }, { wait: false })), { heap: { memory: heap.memory } });
    const attempt = exports['lookup'] as WasmLookup;
    expect([attempt(77, 1), attempt(77, 2)]).toEqual([first + 4, 0]);
    const map = heap.u32[(BASE + QhtHeader.offset.map) >>> 2];
    const head = heap.u32[(map + QhtMap.offset.buckets) >>> 2] + (77 & heap.u32[(map + QhtMap.offset.mask) >>> 2]) * QhtBucket.size;
    heap.u32[(head + QhtBucket.offset.sequence) >>> 2]++;
    expect([attempt(77, 1), attempt(77, 2)]).toEqual([first + 4, BUSY]);
    expect(lookup(77, 1)).toBe(first + 4);
    const impatient = generateLookup(heap, KEY_32, { stallMs: 5 });
    expect(impatient(77, 1)).toBe(first + 4);
    expect(() => impatient(77, 2)).toThrow(/change of the chain at \d+ has not been given up for 5 ms/);
    heap.u32[(head + QhtBucket.offset.sequence) >>> 2]++;
    expect([attempt(77, 2), impatient(77, 2)]).toEqual([0, 0]);
  });

  it('traps on a handle that leads out of the memory', () => {
    const { heap, table } = make(1);
    table.insert(1, heap.size);
    expect(() => generateLookup(heap, KEY_32)(1, 1)).toThrow(WebAssembly.RuntimeError);
  });
});

describe('a description is refused by name:', () => {
  const field = { offset: 0, width: 32, key: { param: 0 } } as const;
  const bad: [string, RegExp, object][] = [
    ['table misaligned', /lookup: table: 8 is not a multiple/, { table: 8 }],
    ['table negative', /lookup: table: -64/, { table: -64 }],
    ['no fields', /lookup: fields: none/, { fields: [] }],
    ['a width', /fields\[1\]\.width: 24/, { fields: [field, { ...field, width: 24 }] }],
    ['an offset', /fields\[0\]\.offset: 1\.5/, { fields: [{ ...field, offset: 1.5 }] }],
    ['an offset past the base', /fields\[0\]\.offset: 4294967296/, { base: 0xffffffff, stride: 8, fields: [{ ...field, offset: 1 }] }],
    ['a parameter', /fields\[0\]\.key\.param: -1/, { fields: [{ ...field, key: { param: -1 } }] }],
    ['a record', /fields\[0\]\.key\.record: -4/, { fields: [{ ...field, key: { record: -4 } }] }],
    ['64 bits by parameter', /fields\[0\]\.key: 64 bits/, { fields: [{ ...field, width: 64 }] }],
    ['64 bits atomically', /fields\[0\]\.atomic: 32 bits/, { fields: [{ offset: 0, width: 64, key: { record: 0 }, atomic: true }] }],
    ['a misaligned atomic field', /fields\[0\]\.atomic: the field's address/, { fields: [{ ...field, offset: 2, atomic: true }] }],
    ['a stride of 0', /lookup: stride: is 0/, { stride: 0 }],
    ['attempts', /lookup: attempts: 0/, { attempts: 0 }],
  ];
  it.each(bad)('%s', (_, message, change) => {
    const build = () => lookupModule({ table: BASE, fields: [field], ...change } as LookupDescription);
    expect(build).toThrow(message);
    expect(build).toThrow(AtomicError);
  });

  it('a table beyond the memory, and a memory that WebAssembly cannot have', () => {
    const { heap } = make(1);
    expect(() => generateLookup(heap, { table: 65536, fields: [field] })).toThrow(/table: 65536 is not within 65536 bytes/);
    expect(() => generateLookup(new Heap(new SharedArrayBuffer(4096)), { table: 64, fields: [field] })).toThrow(/no WebAssembly.Memory/);
  });
});
