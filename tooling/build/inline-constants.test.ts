import { describe, expect, test } from 'vitest';
import { constantTables, inlineConstants } from './inline-constants.ts';

const OP = `export const Op = {
  /** Nothing, at all. */
  nop: 0,
  add: 1, // one, two
  sub: 0x1_0,
} as const;
`;

const inline = (source: string): string =>
  inlineConstants(source, '/p/src/a/b.ts', (path) => (path === '/p/src/op.ts' ? constantTables(OP) : new Map()));

describe('constant tables', () => {
  test('are found with their values', () => {
    const tables = constantTables(`${OP}const Bit = { LOW: 1 << 0, HIGH: 1 << 31, NEG: -2 } as const;`);
    expect([...tables.get('Op')!]).toEqual([['nop', 0], ['add', 1], ['sub', 16]]);
    expect([...tables.get('Bit')!]).toEqual([['LOW', 1], ['HIGH', -2147483648], ['NEG', -2]]);
  });

  test('of which a value is not a plain number are left alone', () => {
    expect(constantTables('export const A = { x: 1, y: f() } as const;').size).toBe(0);
    expect(constantTables("export const A = { x: 'one' } as const;").size).toBe(0);
    expect(constantTables('export const A = { x: 1 };').size).toBe(0);
  });
});

describe('members', () => {
  test('of an imported table are replaced, also under another name', () => {
    expect(inline("import { type T, Op } from '../op.ts';\nswitch (o) { case Op.add: case Op.sub: }"))
      .toBe("import { type T, Op } from '../op.ts';\nswitch (o) { case 1: case 16: }");
    expect(inline("import { Op as O } from '../op.ts';\nf(O.add)")).toBe("import { Op as O } from '../op.ts';\nf(1)");
  });

  test('of a table of the module itself are replaced', () => {
    expect(inline('const Bit = { NEG: -2 } as const;\nf(3-Bit.NEG)')).toBe('const Bit = { NEG: -2 } as const;\nf(3-(-2))');
  });

  test('of other tables, other objects, unknown names, and in text and comments stay', () => {
    for (const line of [
      "import { Op } from '@mttcg/tcg-ir';\nf(Op.add)", "import { Op } from '../other.ts';\nf(Op.add)",
      "import { Op } from '../op.ts';\nf(x.Op.add, $Op.add, Op.mul, Op.add.toString(), Op)",
      "import { Op } from '../op.ts';\nf('Op.add', \"Op.add\", `Op.add`) // Op.add\n/* Op.add */",
    ]) expect(inline(line)).toBe(line);
  });

  test('of a name that is declared again are refused', () => {
    expect(() => inline("import { Op } from '../op.ts';\nfunction f() { const Op = g(); return Op.add; }"))
      .toThrow('/p/src/a/b.ts: Op is a constant table and also something else');
  });
});
