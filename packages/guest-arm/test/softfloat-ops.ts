/** Scalar instructions on V1, V2, V3 (into V0, X0 or flags) with the softfloat call that each must equal. */
import {
  clearSign, fixedToFp, fpAdd, fpCompare, fpConvert, fpDiv, fpMinMax, fpMinMaxNum, fpMul, fpMulAdd, fpRecipEstimate,
  fpRecipStep, fpRecpX, fpRoundInt, fpRoundIntN, fpRSqrtEstimate, fpRSqrtStep, fpSqrt, fpSub, fpToFixed, fpToJsInt,
  type FpState,
} from '../src/softfloat/index.ts';

/** Operands: words of V1, V2, V3 (low 64 bits) and X1. */
export interface Operands { v1: number[]; v2: number[]; v3: number[]; x1: number[] }

export interface SoftOp {
  name: string;
  insn: number;
  /** Operand format; 0 for integers. */
  kind: number;
  /** Leaves the value in s.lo, s.hi. 'x': X0; 'v': V0; 'f': s.lo = NZCV. */
  to: 'v' | 'x' | 'f';
  run(s: FpState, o: Operands): void;
}

const FTYPE = [0, 3, 0, 1];
const SUFFIX = ['', 'h', 's', 'd'];
const R3 = (1 << 5) | (2 << 16);

export const SOFT_OPS: SoftOp[] = [];

for (const f of [1, 2, 3]) {
  const ft = FTYPE[f]! << 22, sfx = SUFFIX[f]!;
  const op = (name: string, insn: number, run: SoftOp['run'], to: SoftOp['to'] = 'v', kind = f): void => {
    SOFT_OPS.push({ name: `${name}_${sfx}`, insn: insn | 0, kind, to, run });
  };
  type Bin = (s: FpState, fmt: number, al: number, ah: number, bl: number, bh: number) => void;
  const bin = (name: string, insn: number, fn: Bin): void => {
    op(name, insn | R3, (s, o) => fn(s, f, o.v1[0]!, o.v1[1]!, o.v2[0]!, o.v2[1]!));
  };
  const base2 = 0x1e200800 | ft;
  bin('fmul', base2, fpMul);
  bin('fdiv', base2 | 0x1000, fpDiv);
  bin('fadd', base2 | 0x2000, fpAdd);
  bin('fsub', base2 | 0x3000, fpSub);
  bin('fmax', base2 | 0x4000, (s, m, a, b, c, d) => fpMinMax(s, m, a, b, c, d, true));
  bin('fmin', base2 | 0x5000, (s, m, a, b, c, d) => fpMinMax(s, m, a, b, c, d, false));
  bin('fmaxnm', base2 | 0x6000, (s, m, a, b, c, d) => fpMinMaxNum(s, m, a, b, c, d, true));
  bin('fminnm', base2 | 0x7000, (s, m, a, b, c, d) => fpMinMaxNum(s, m, a, b, c, d, false));
  const sz = f === 3 ? 1 << 22 : 0;
  // AdvSIMD scalar three same: half has its own layout.
  const same = (u: number, a: number, opc: number, opc16: number): number =>
    f === 1 ? 0x5e400400 | (u << 29) | (a << 23) | (opc16 << 11) : 0x5e200400 | (u << 29) | (a << 23) | sz | (opc << 11);
  bin('fmulx', same(0, 0, 0b11011, 0b011), (s, m, a, b, c, d) => fpMul(s, m, a, b, c, d, true));
  bin('frecps', same(0, 0, 0b11111, 0b111), fpRecipStep);
  bin('frsqrts', same(0, 1, 0b11111, 0b111), fpRSqrtStep);
  bin('fabd', same(1, 1, 0b11010, 0b010), (s, m, a, b, c, d) => { fpSub(s, m, a, b, c, d); clearSign(s, m); });
  const base3 = 0x1f000000 | ft | (1 << 5) | (2 << 16) | (3 << 10);
  op('fmadd', base3, (s, o) => fpMulAdd(s, f, o.v3[0]!, o.v3[1]!, o.v1[0]!, o.v1[1]!, o.v2[0]!, o.v2[1]!));
  const un = (name: string, insn: number, fn: (s: FpState, fmt: number, lo: number, hi: number) => void): void => {
    op(name, insn | (1 << 5), (s, o) => fn(s, f, o.v1[0]!, o.v1[1]!));
  };
  const base1 = 0x1e204000 | ft;
  un('fsqrt', base1 | (3 << 15), fpSqrt);
  const RM = ['n', 'p', 'm', 'z'];
  for (let m = 0; m < 4; m++) un(`frint${RM[m]}`, base1 | ((8 + m) << 15), (s, t, l, h) => fpRoundInt(s, t, l, h, m, false));
  un('frinta', base1 | (12 << 15), (s, t, l, h) => fpRoundInt(s, t, l, h, 4, false));
  un('frintx', base1 | (14 << 15), (s, t, l, h) => fpRoundInt(s, t, l, h, s.rmode, true));
  un('frinti', base1 | (15 << 15), (s, t, l, h) => fpRoundInt(s, t, l, h, s.rmode, false));
  if (f > 1) {
    for (let k = 0; k < 4; k++) {
      un(`frint${k < 2 ? 32 : 64}${k & 1 ? 'x' : 'z'}`, base1 | ((16 + k) << 15),
        (s, t, l, h) => fpRoundIntN(s, t, l, h, k & 1 ? s.rmode : 3, k < 2 ? 32 : 64));
    }
  }
  for (const t of [1, 2, 3]) {
    if (t === f) continue;
    un(`fcvt_${SUFFIX[t]}`, base1 | ((4 + FTYPE[t]!) << 15), (s, fmt, l, h) => fpConvert(s, fmt, t, l, h, s.rmode));
  }
  if (f === 3) un('fcvtxn', 0x7e616800, (s, fmt, l, h) => fpConvert(s, fmt, 2, l, h, 5));
  const est = (u: number, opc: number): number => (f === 1 ? 0x5ef80800 : 0x5ea00800 | sz) | (u << 29) | (opc << 12);
  un('frecpe', est(0, 0b11101), fpRecipEstimate);
  un('frsqrte', est(1, 0b11101), fpRSqrtEstimate);
  un('frecpx', est(0, 0b11111), fpRecpX);
  for (const [name, bits] of [['fcmp', 0], ['fcmpe', 0x10]] as const) {
    op(name, 0x1e202000 | ft | R3 | bits, (s, o) => {
      const c = fpCompare(s, f, o.v1[0]!, o.v1[1]!, o.v2[0]!, o.v2[1]!, bits !== 0);
      s.lo = (c === 0 ? 6 : c === 1 ? 2 : c === 2 ? 3 : 8) << 28;
      s.hi = 0;
    }, 'f');
  }
  for (const w of [32, 64]) {
    const sf = w === 64 ? 0x80000000 : 0;
    const cvt = (name: string, rmode: number, opc: number, signed: boolean, mode: number): void => {
      op(`${name}_${w}`, (0x1e200000 | sf | ft | (rmode << 19) | (opc << 16) | (1 << 5)), (s, o) =>
        fpToFixed(s, f, o.v1[0]!, o.v1[1]!, w, signed, 0, mode), 'x');
    };
    for (let m = 0; m < 4; m++) {
      cvt(`fcvt${RM[m]}s`, m, 0, true, m);
      cvt(`fcvt${RM[m]}u`, m, 1, false, m);
    }
    cvt('fcvtas', 0, 4, true, 4);
    cvt('fcvtau', 0, 5, false, 4);
    for (const fb of [1, 13, 32, 64]) {
      if (fb > w) continue;
      const scale = (64 - fb) << 10;
      for (const signed of [true, false]) {
        const u = signed ? 0 : 1 << 16;
        op(`fcvtz${signed ? 's' : 'u'}_fix${w}_${fb}`, 0x1e180000 | sf | ft | scale | u | (1 << 5),
          (s, o) => fpToFixed(s, f, o.v1[0]!, o.v1[1]!, w, signed, fb, 3), 'x');
        op(`${signed ? 's' : 'u'}cvtf_fix${w}_${fb}`, 0x1e020000 | sf | ft | scale | u | (1 << 5),
          (s, o) => fixedToFp(s, f, o.x1[0]!, w === 64 ? o.x1[1]! : signed ? o.x1[0]! >> 31 : 0, signed, fb, s.rmode), 'v', 0);
      }
    }
    for (const signed of [true, false]) {
      op(`${signed ? 's' : 'u'}cvtf_${w}`, 0x1e220000 | sf | ft | (signed ? 0 : 1 << 16) | (1 << 5),
        (s, o) => fixedToFp(s, f, o.x1[0]!, w === 64 ? o.x1[1]! : signed ? o.x1[0]! >> 31 : 0, signed, 0, s.rmode), 'v', 0);
    }
  }
  if (f === 3) {
    op('fjcvtzs', 0x1e7e0020, (s, o) => { s.w[0] = fpToJsInt(s, o.v1[0]!, o.v1[1]!); }, 'x');
  }
}
