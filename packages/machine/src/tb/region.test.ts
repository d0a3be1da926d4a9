import { armArch } from '@mttcg/guest-arm';
import { CFlag, DirtyMemory, type TbKey, type TranslateRequest } from '@mttcg/softmmu';
import { Builder, IrFunction, Op, printFunction } from '@mttcg/tcg-ir';
import { describe, expect, it } from 'vitest';
import { VIRT_STATE_BYTES } from '../board/index.ts';
import { MachineLog } from '../log/log.ts';
import { createSharedMemory } from '../memory/plan.ts';
import { checkOptions } from '../options.ts';
import { ThreadContext, tlbBytesPerCpu } from '../thread/context.ts';
import { RegionBuilder } from './region.ts';

const BASE = 0x4000_0000;
const BL = (words: number): number => (0x94000000 | (words & 0x3ffffff)) >>> 0;
const B = (words: number): number => (0x14000000 | (words & 0x3ffffff)) >>> 0;
const CBZ_X0 = (words: number): number => (0xb4000000 | ((words & 0x7ffff) << 5)) >>> 0;
const ADD_X0 = 0x91000400;
const RET = 0xd65f03c0;

/** The region that begins with the first of the instructions: IR text, numbers of ops, extent. */
function region(code: readonly number[], at = 0): { text: string; count: (op: number) => number; start: number; end: number } {
  const config = checkOptions({ cpus: 1, ramBytes: 64 << 20 });
  const shared = createSharedMemory({
    cpus: 1, ramBytes: config.ramBytes, envBytes: armArch.envSize, deviceBytes: VIRT_STATE_BYTES,
    dirtyBytes: DirtyMemory.bytes(config.ramBytes), tlbBytes: tlbBytesPerCpu(),
  });
  const log = new MachineLog(config.log, () => undefined);
  const ctx = new ThreadContext(shared.memory, shared.header, config, 0, { log, wallMs: () => 0, randomFill: () => undefined });
  const { cpu } = ctx.cpus[0]!;
  cpu.reset();
  const key: TbKey = { pcLo: 0, pcHi: 0, flags: 0, mmuIdx: 0, csBase: 0 };
  cpu.tbKey(key);
  const host = ctx.memory.ramHost(BASE, 4096);
  ctx.heap.u32.set(code, host >>> 2);
  const fn = new IrFunction(armArch.globals, armArch.helpers);
  const builder = new Builder(fn);
  const request: TranslateRequest = {
    ...key, pcLo: BASE + at * 4, entryLo: 0, cflags: CFlag.PARALLEL, maxInsns: 0, code: 0, codeBytes: 0, size: 0, insns: 0,
    succCount: 0, succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
  };
  const extent = new RegionBuilder(armArch, builder).build(fn, request, host, cpu);
  const count = (op: number): number => fn.ops.subarray(0, fn.nOps).filter((o) => o === op).length;
  return { text: printFunction(fn), count, ...extent };
}

/** Return addresses that the pc is compared with, in instructions from the entry. */
function compared(text: string): number[] {
  return [...text.matchAll(/add_i64 (t\d+), t0, \$(0x[\da-f]+)\n brcond_i64 pc, \1, eq/g)].map(([, , delta]) => Number(delta) / 4);
}

describe('RegionBuilder', () => {
  it('makes direct jumps branches', () => {
    const { count, start, end } = region([ADD_X0, CBZ_X0(-1), B(-2)]);
    expect(count(Op.goto_tb)).toBe(0);
    expect(count(Op.goto_ptr)).toBe(0);
    expect([start, end]).toEqual([0, 12]);
  });

  it('has a return compare the addresses behind the calls of the region', () => {
    //  0: bl 4; 1: bl 4; 2: cbz x0, 0; 3: ret; 4: add x0, x0, #1; 5: ret
    const { text, count, start, end } = region([BL(4), BL(3), CBZ_X0(-2), RET, ADD_X0, RET]);
    expect(compared(text)).toEqual([1, 2, 1, 2]);
    expect(count(Op.goto_tb)).toBe(0);
    // a return to nowhere in the region is looked up
    expect(count(Op.goto_ptr)).toBe(2);
    expect([start, end]).toEqual([0, 24]);
  });

  it('takes no return address of a call out of the page', () => {
    const { text, count, end } = region([BL(0x1000), RET]);
    expect(compared(text)).toEqual([]);
    expect(count(Op.goto_ptr)).toBe(1);
    expect(end).toBe(4);
  });

  it('compares with eight addresses at most', () => {
    const calls = Array.from({ length: 12 }, (_, i) => BL(13 - i));
    expect(compared(region([...calls, RET, RET]).text)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
