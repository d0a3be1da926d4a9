import { describe, expect, it } from 'vitest';
import { Builder } from '../builder/builder.ts';
import { Cond, Mo, Rmw } from '../ir/cond.ts';
import { IrFunction } from '../ir/function.ts';
import { makeMemOp } from '../ir/memop.ts';
import { disassembleModule } from './disassemble.ts';
import { compileDispatcher } from './dispatcher.ts';
import { TbExit } from './target.ts';
import { SLOTS, TEST_GLOBALS, TEST_TARGET, TestMachine } from './test/machine.ts';

const machine = new TestMachine();
const fn = new IrFunction(TEST_GLOBALS, []);
const b = new Builder(fn);
const text = (): string => disassembleModule(machine.compiler.compileModule([{ fn, tb: 7, flags: 0, slotAddr: SLOTS }]));

describe('code of small functions', () => {
  it('keeps globals in locals and temps on the stack', () => {
    b.begin();
    const [t, u] = [b.newI64(), b.newI64()];
    b.addI64(t, 1, 2);
    b.xorI64(u, t, 3);
    b.subI64(1, u, 2);
    b.exitTb(TbExit.MAIN_LOOP);
    expect(text()).toBe(`func 0 table 7 (i32) -> (i32)
  local i64 i64 i64
  local.get 0
  i64.load 1024
  local.tee 1
  local.get 0
  i64.load 1032
  local.tee 2
  i64.add
  local.get 0
  i64.load 1040
  local.tee 3
  i64.xor
  local.get 2
  i64.sub
  local.set 1
  local.get 0
  local.get 1
  i64.store 1024
  i32.const -59
  return
  unreachable
end`);
  });

  it('puts the TLB lookup inline and the slow path behind it', () => {
    b.begin();
    b.insnStart(0x1000, 0);
    b.guestLdI64(1, 2, makeMemOp(3, 1));
    b.exitTb(TbExit.MAIN_LOOP);
    expect(text()).toBe(`func 1 table 7 (i32) -> (i32)
  local i64 i32 i64 i64
  block
    block
      local.get 0
      i64.load 1032
      local.set 1
      local.get 1
      i64.const 7
      i64.shr_u
      i32.wrap_i64
      local.get 0
      i32.load 72
      i32.and
      local.get 0
      i32.load 76
      i32.add
      local.tee 2
      i64.load
      local.get 1
      i64.const 7
      i64.add
      i64.const -4096
      i64.and
      i64.eq
      if i64
        local.get 2
        i32.load 24
        local.get 1
        i32.wrap_i64
        i32.add
        i64.load
      else
        i64.const 0
        local.set 3
        local.get 1
        i32.wrap_i64
        local.get 1
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        i32.const 4099
        call h.mmu_ld
        br_if 2
        local.get 0
        i64.load 48
      end
      local.set 4
      local.get 0
      local.get 4
      i64.store 1024
      i32.const -59
      return
      unreachable
    end
  end
  local.get 0
  local.get 3
  i64.const 4096
  i64.add
  i64.store 1152
  local.get 0
  i32.const 0
  i32.store 32
  i32.const -60
end`);
  });

  it('has a loop load nothing but what its guest loads', () => {
    b.begin();
    const head = b.newLabel();
    b.setLabel(head);
    b.addI64(1, 1, 2);
    b.brcondI64(1, 3, Cond.LTU, head);
    b.exitTb(TbExit.MAIN_LOOP);
    const lines = text().split('\n').map((line) => line.trim());
    const inside = lines.slice(lines.indexOf('loop') + 1, lines.findIndex((line) => line.startsWith('br_if')));
    expect(inside).toEqual(['local.get 1', 'local.get 2', 'i64.add', 'local.set 1', 'local.get 1', 'local.get 3', 'i64.lt_u']);
  });
});

describe('the disassembler', () => {
  it('names atomics, vectors, tables and indirect calls', () => {
    b.begin();
    b.guestRmwI64(1, 2, 3, makeMemOp(2, 0, true), Rmw.XOR);
    b.mb(Mo.ALL);
    b.vbitsel(20, 20, b.constV128(1, 2, 3, 4), 20);
    b.exitTb(TbExit.MAIN_LOOP);
    const t = text();
    for (const line of ['i64.atomic.rmw32.xor_u', 'atomic.fence', 'v128.bitselect', 'v128.const 0x00000004000000030000000200000001', 'call h.mmu_atomic']) {
      expect(t).toContain(line);
    }
    const d = disassembleModule(compileDispatcher(TEST_TARGET));
    expect(d).toContain('call_indirect (i32) -> (i32) table 0');
    expect(d).toContain('i32.atomic.load');
  });

  it('refuses what it does not know', () => {
    b.begin();
    b.exitTb(TbExit.MAIN_LOOP);
    const bytes = machine.compiler.compileModule([{ fn, tb: 7, flags: 0, slotAddr: SLOTS }]);
    bytes[bytes.length - 2] = 0xff;
    expect(() => disassembleModule(bytes)).toThrow(RangeError);
  });
});
