import { describe, expect, it } from 'vitest';
import { CodeWriter } from './code-writer.ts';
import { compileDispatcher, compileStub } from './dispatcher.ts';
import { ModuleWriter } from './module-writer.ts';
import { W } from './opcode.ts';
import { TbExit, tbExitWord } from './target.ts';
import { TEST_TARGET } from './test/machine.ts';

function instantiate(bytes: Uint8Array, imports: WebAssembly.Imports = {}): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), imports).exports;
}

describe('CodeWriter', () => {
  it('encodes LEB128 as the engine reads it, at every length boundary', () => {
    const m = new ModuleWriter();
    const values: bigint[] = [];
    for (let bit = 0; bit < 64; bit++) {
      for (const v of [1n << BigInt(bit), (1n << BigInt(bit)) - 1n, -(1n << BigInt(bit)), ~(1n << BigInt(bit))]) {
        values.push(BigInt.asIntN(64, v));
      }
    }
    values.forEach((v, i) => {
      const c = new CodeWriter(1);
      c.i64Const(Number(BigInt.asIntN(32, v)), Number(BigInt.asIntN(32, v >> 32n)));
      m.exportFunc(`f${i}`, m.addFunc('', 'l', '', c));
    });
    const e = instantiate(m.finish());
    values.forEach((v, i) => expect((e[`f${i}`] as () => bigint)()).toBe(v));
  });

  it('encodes i32 constants, unsigned numbers and floats', () => {
    const m = new ModuleWriter();
    const values = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 0x7fffffff, -0x80000000];
    values.forEach((v, i) => {
      const c = new CodeWriter();
      c.i32Const(v);
      m.exportFunc(`f${i}`, m.addFunc('', 'i', '', c));
    });
    const f = new CodeWriter();
    f.f64Const(1.25e-300);
    m.exportFunc('d', m.addFunc('', 'd', '', f));
    const e = instantiate(m.finish());
    values.forEach((v, i) => expect((e[`f${i}`] as () => number)()).toBe(v));
    expect((e['d'] as () => number)()).toBe(1.25e-300);
    const w = new CodeWriter(1);
    for (const v of [0, 127, 128, 16383, 16384, 0xffffffff]) w.u32(v);
    expect([...w.buf.slice(0, w.pos)]).toEqual([0, 127, 0x80, 1, 0xff, 0x7f, 0x80, 0x80, 1, 0xff, 0xff, 0xff, 0xff, 15]);
  });
});

describe('ModuleWriter', () => {
  it('makes functions with imports, locals, globals, a memory and elements', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const table = new WebAssembly.Table({ initial: 8, element: 'anyfunc' });
    const m = new ModuleWriter();
    m.importMemory('env', 'memory');
    m.importTable('env', 'table');
    const twice = m.importFunc('h', 'twice', 'i', 'i');
    const g = m.addGlobal('i', true, 7);
    const c = new CodeWriter();
    c.localGet(0);
    c.mem(W.i32_load, 16);
    c.call(twice);
    c.localSet(1);
    c.globalGet(g);
    c.localGet(1);
    c.op(W.i32_add);
    c.localTee(3);
    c.globalSet(g);
    c.localGet(3);
    const f = m.addFunc('i', 'i', 'ili', c);
    m.exportFunc('f', f);
    m.elements(5, [f, f]);
    new Int32Array(memory.buffer)[8] = 21;
    const e = instantiate(m.finish(), { env: { memory, table }, h: { twice: (x: number) => x * 2 } });
    expect((e['f'] as (a: number) => number)(16)).toBe(49);
    expect((table.get(6) as (a: number) => number)(16)).toBe(91);
  });

  it('refuses function imports after functions', () => {
    const m = new ModuleWriter();
    const c = new CodeWriter();
    m.addFunc('', '', '', c);
    expect(() => m.importFunc('h', 'x', '', '')).toThrow(/precede/);
  });
});

describe('dispatcher', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const table = new WebAssembly.Table({ initial: 16, element: 'anyfunc' }, instantiate(compileStub())['stub']);
  const run = instantiate(compileDispatcher(TEST_TARGET), { env: { memory, table } })['run'] as (env: number, tb: number) => number;
  const words = new Int32Array(memory.buffer);
  const env = 1024;
  const constant = (tb: number, value: number): void => {
    const m = new ModuleWriter();
    m.importTable('env', 'table');
    const c = new CodeWriter();
    c.i32Const(value);
    m.elements(tb, [m.addFunc('i', 'i', '', c)]);
    instantiate(m.finish(), { env: { table } });
  };

  it('follows positive results and stores the last TB', () => {
    constant(1, 2);
    constant(2, 5);
    constant(5, 0);
    expect(run(env, 1)).toBe(0);
    expect(words[(env + TEST_TARGET.env.currentTb) >> 2]).toBe(5);
    constant(5, tbExitWord(5, TbExit.SLOT_1));
    expect(run(env, 1)).toBe(tbExitWord(5, TbExit.SLOT_1));
  });

  it('names the missing TB when a slot holds the stub', () => {
    constant(5, 9);
    expect(run(env, 1)).toBe(tbExitWord(0, TbExit.NOT_COMPILED));
    expect(words[(env + TEST_TARGET.env.currentTb) >> 2]).toBe(9);
  });

  it('leaves before a TB when asked to', () => {
    words[(env + TEST_TARGET.env.exitRequest) >> 2] = 1;
    expect(run(env, 2)).toBe(tbExitWord(2, TbExit.REQUEST));
    expect(words[(env + TEST_TARGET.env.currentTb) >> 2]).toBe(2);
    words[(env + TEST_TARGET.env.exitRequest) >> 2] = 0;
  });
});
