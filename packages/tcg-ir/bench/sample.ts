import { Builder, Cond, type GlobalDef, IrFunction, makeMemOp, TbExit, Type, type WasmTarget } from '@mttcg/tcg-ir';

/** A target like the A64 one: env with 31 registers, sp, pc and flags as globals. */
export const TARGET: WasmTarget = {
  pageBits: 12,
  env: { pc: 1024 + 32 * 8, insnWord: 32, exitRequest: 0, currentTb: 24, scratch: 48, jumpCache: 28, tlb: 64 },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
  insnAlignBits: 2,
};

export const GLOBALS: readonly GlobalDef[] = Array.from({ length: 37 }, (_, i) => ({
  name: i === 32 ? 'pc' : `g${i}`, type: Type.I64, offset: 1024 + i * 8,
}));
const PC = 33;
const NF = 34;
const ZF = 35;
const CF = 36;
const VF = 37;

/**
 * A TB of `insns` guest instructions as a frontend for A64 would emit it: additions, moves, loads, stores, shifts,
 * flag-setting comparisons, and a conditional branch at the end.
 */
export function sampleTb(insns: number, variant: number): IrFunction {
  const fn = new IrFunction(GLOBALS, []);
  const b = new Builder(fn);
  const reg = (n: number): number => 1 + ((n * 7 + variant * 3) % 30);
  for (let k = 0; k < insns - 1; k++) {
    b.insnStart(0x40000000 + variant * 4096 + k * 4, 0);
    const [d, n, m] = [reg(k), reg(k + 1), reg(k + 2)];
    switch ((k + variant) % 6) {
      case 0: b.addiI64(d, n, 16 * k + 8); break;
      case 1: {
        const a = b.newI64();
        b.addiI64(a, n, 24);
        b.guestLdI64(d, a, makeMemOp(3, 1));
        break;
      }
      case 2: {
        const [x, y] = [b.newI64(), b.newI64()];
        b.shliI64(x, m, 3);
        b.andI64(y, x, n);
        b.movI64(d, y);
        break;
      }
      case 3: {
        const a = b.newI64();
        b.addiI64(a, n, 40);
        b.guestStI64(m, a, makeMemOp(3, 1));
        break;
      }
      case 4: {
        const [x, y] = [b.newI32(), b.newI32()];
        b.extrlI32I64(x, n);
        b.addI32(y, x, b.constI32(k));
        b.extuI64I32(d, y);
        break;
      }
      default: {
        // A comparison: result and flags.
        const [r, t, v, w] = [b.newI64(), b.newI64(), b.newI64(), b.newI32()];
        b.subI64(r, n, m);
        b.movI64(NF, r);
        b.movI64(ZF, r);
        b.setcondI64(w, n, m, Cond.GEU);
        b.extuI64I32(CF, w);
        b.xorI64(t, n, m);
        b.xorI64(v, n, r);
        b.andI64(VF, t, v);
      }
    }
  }
  b.insnStart(0x40000000 + variant * 4096 + insns * 4, 0);
  const other = b.newLabel();
  b.brcondI64(ZF, b.constI64(0, 0), Cond.EQ, other);
  b.movI64(PC, b.constI64(0x40001000, 0));
  b.gotoTb(0);
  b.setLabel(other);
  b.movI64(PC, b.constI64(0x40002000, 0));
  b.gotoTb(1);
  return fn;
}

/** A region: `blocks` guest blocks of `insns` instructions in a chain of loops, each block branching forth or back. */
export function sampleRegion(blocks: number, insns: number): IrFunction {
  const fn = new IrFunction(GLOBALS, []);
  const b = new Builder(fn);
  const labels = Array.from({ length: blocks }, () => b.newLabel());
  for (let k = 0; k < blocks; k++) {
    b.setLabel(labels[k]);
    for (let j = 0; j < insns; j++) {
      b.insnStart(0x40000000 + k * 64 + j * 4, 0);
      const [d, n] = [1 + ((k + j) % 30), 1 + ((k * 3 + j * 5) % 30)];
      if (j === 1) b.guestLdI64(d, n, makeMemOp(3, 1));
      else b.addI64(d, d, n);
    }
    // Back to the start of a group of 8, or on.
    b.brcondI64(1 + (k % 30), b.constI64(0, 0), Cond.NE, labels[k & ~7]);
    if (k % 5 === 0 && (k & 7) < 5 && k + 3 < blocks) b.brcondI64(2, b.constI64(7, 0), Cond.LT, labels[k + 3]);
  }
  b.exitTb(TbExit.MAIN_LOOP);
  return fn;
}
