import { describe, expect, it } from 'vitest';
import { alignUp, defineLayout } from './layout.ts';

describe('defineLayout', () => {
  it('follows C: natural alignment, size rounded up to the alignment', () => {
    const layout = defineLayout({ name: 'A', fields: { a: 'u8', b: 'u16', c: 'u8', d: 'u64', e: 'f32' } });
    expect(layout.offset).toEqual({ a: 0, b: 2, c: 4, d: 8, e: 16 });
    expect(layout.size).toBe(24);
    expect(layout.align).toBe(8);
  });

  it('places arrays and nested layouts', () => {
    const inner = defineLayout({ name: 'Inner', fields: { x: 'u32', y: 'u64' } });
    const outer = defineLayout({ name: 'Outer', fields: { head: 'u8', one: inner, many: [inner, 3], words: ['u16', 5], v: 'v128' } });
    expect(outer.offset).toEqual({ head: 0, one: 8, many: 24, words: 72, v: 96 });
    expect(outer.stride.many).toBe(16);
    expect(outer.count).toEqual({ head: 1, one: 1, many: 3, words: 5, v: 1 });
    expect(outer.size).toBe(112);
    expect(outer.align).toBe(16);
  });

  it('raises the alignment on request and is frozen', () => {
    const layout = defineLayout({ name: 'Line', align: 64, fields: { a: 'u32' } });
    expect(layout.size).toBe(64);
    expect(Object.isFrozen(layout) && Object.isFrozen(layout.offset)).toBe(true);
  });

  it('checks assertions when the layout is defined', () => {
    const fields = { a: 'u32', next: 'u32' } as const;
    expect(() => defineLayout({ name: 'B', fields }, { size: 8, align: 4, at: { next: 4 } })).not.toThrow();
    expect(() => defineLayout({ name: 'B', fields }, { size: 12 })).toThrow(/layout B: size is 8, asserted 12/);
    expect(() => defineLayout({ name: 'B', fields }, { at: { next: 8 } })).toThrow(/next is at 4, asserted 8/);
    expect(() => defineLayout({ name: 'B', fields, assert: { align: 8 } })).toThrow(/align is 4/);
    expect(() => defineLayout({ name: 'B', align: 3, fields })).toThrow(/power of two/);
    expect(() => defineLayout({ name: 'B', fields: { a: ['u8', 1.5] } })).toThrow(/a: count/);
  });

  it('knows its field names', () => {
    const layout = defineLayout({ name: 'C', fields: { a: 'u32' } });
    // @ts-expect-error: no such field
    expect(layout.offset.b).toBeUndefined();
  });
});

it('alignUp is exact above 2^32', () => {
  expect(alignUp(0, 64)).toBe(0);
  expect(alignUp(1, 64)).toBe(64);
  expect(alignUp(2 ** 40 + 1, 4096)).toBe(2 ** 40 + 4096);
});
