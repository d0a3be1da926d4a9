import { Op } from '../op/codes.ts';
import { OP_NAMES } from '../op/table.ts';
import type { KnownBits } from './known-bits.ts';
import { bswap32 } from './pair.ts';

/** What one op's operands 1 to 4 (temps or immediates) tell of its result. */
export type KnownRule = (k: KnownBits, op: number, a: number, b: number, c: number, d: number) => void;

/** By opcode; undefined where nothing is ever known. A table, because a switch of this size is slow. */
export const KNOWN_RULES: readonly (KnownRule | undefined)[] = (() => {
  const table: (KnownRule | undefined)[] = OP_NAMES.map(() => undefined);
  const rule = (ops: readonly number[], r: KnownRule): void => {
    for (const op of ops) table[op] = r;
  };
  rule([Op.mov_i32, Op.mov_i64], (k, _op, a) => k.copy(a));
  rule([Op.and_i32, Op.and_i64], (k, _op, a, b) => k.and(a, b, false));
  rule([Op.andc_i32, Op.andc_i64], (k, _op, a, b) => k.and(a, b, true));
  rule([Op.or_i32, Op.or_i64], (k, _op, a, b) => k.or(a, b, false));
  rule([Op.orc_i32, Op.orc_i64], (k, _op, a, b) => k.or(a, b, true));
  rule([Op.xor_i32, Op.xor_i64], (k, _op, a, b) => k.xor(a, b));
  rule([Op.eqv_i32, Op.eqv_i64], (k, _op, a, b) => { k.xor(a, b); k.invert(); });
  rule([Op.nand_i32, Op.nand_i64], (k, _op, a, b) => { k.and(a, b, false); k.invert(); });
  rule([Op.nor_i32, Op.nor_i64], (k, _op, a, b) => { k.or(a, b, false); k.invert(); });
  rule([Op.not_i32, Op.not_i64], (k, _op, a) => { k.copy(a); k.invert(); });
  rule([
    Op.shl_i32, Op.shl_i64, Op.shr_i32, Op.shr_i64, Op.sar_i32, Op.sar_i64, Op.rotl_i32, Op.rotl_i64, Op.rotr_i32, Op.rotr_i64,
  ], (k, op, a, b) => k.shift(op, a, b));
  rule([Op.clz_i32, Op.ctz_i32, Op.ctpop_i32, Op.clz_i64, Op.ctz_i64, Op.ctpop_i64], (k, op, a) => k.count(op, a));
  rule([Op.bswap16_i32, Op.bswap16_i64], (k, _op, a) => {
    const f = k.facts;
    k.zLo = swap16(f.zLo[a]!) | ~0xffff;
    k.zHi = -1;
    k.oLo = swap16(f.oLo[a]!);
  });
  rule([Op.bswap32_i32, Op.bswap32_i64], (k, _op, a) => {
    const f = k.facts;
    k.zLo = bswap32(f.zLo[a]!);
    k.zHi = -1;
    k.oLo = bswap32(f.oLo[a]!);
  });
  rule([Op.bswap64_i64], (k, _op, a) => {
    const f = k.facts;
    k.zLo = bswap32(f.zHi[a]!);
    k.zHi = bswap32(f.zLo[a]!);
    k.oLo = bswap32(f.oHi[a]!);
    k.oHi = bswap32(f.oLo[a]!);
  });
  rule([Op.deposit_i32, Op.deposit_i64], (k, _op, a, b, c, d) => k.deposit(a, b, c, d));
  rule([Op.extract_i32, Op.extract_i64], (k, _op, a, pos, len) => k.extract(a, pos, len));
  rule([Op.sextract_i32, Op.sextract_i64], (k, op, a, pos, len) => k.sextract(op === Op.sextract_i64, a, pos, len));
  rule([Op.extract2_i32, Op.extract2_i64], (k, op, a, b, pos) => k.extract2(op === Op.extract2_i64, a, b, pos));
  rule([Op.setcond_i32, Op.setcond_i64, Op.fsetcond_f32, Op.fsetcond_f64, Op.vanytrue, Op.valltrue], (k) => k.atMost(1));
  rule([Op.negsetcond_i32], (k) => { k.sign = 32; });
  rule([Op.negsetcond_i64], (k) => { k.sign = 64; });
  rule([Op.movcond_i32, Op.movcond_i64], (k, _op, _a, _b, c, d) => {
    const f = k.facts;
    k.zLo = f.zLo[c]! & f.zLo[d]!;
    k.zHi = f.zHi[c]! & f.zHi[d]!;
    k.oLo = f.oLo[c]! & f.oLo[d]!;
    k.oHi = f.oHi[c]! & f.oHi[d]!;
    k.sign = Math.min(f.sign[c]!, f.sign[d]!);
  });
  rule([Op.exts_i64_i32], (k, _op, a) => {
    const f = k.facts;
    k.zLo = f.zLo[a]!;
    k.zHi = k.zLo >> 31;
    k.oLo = f.oLo[a]!;
    k.oHi = k.oLo >> 31;
    k.sign = 32 + f.sign[a]!;
  });
  rule([Op.extu_i64_i32], (k, _op, a) => {
    k.zLo = k.facts.zLo[a]!;
    k.zHi = -1;
    k.oLo = k.facts.oLo[a]!;
  });
  rule([Op.extrl_i32_i64], (k, _op, a) => {
    k.zLo = k.facts.zLo[a]!;
    k.oLo = k.facts.oLo[a]!;
    k.sign = Math.max(1, k.facts.sign[a]! - 32);
  });
  rule([Op.extrh_i32_i64], (k, _op, a) => {
    k.zLo = k.facts.zHi[a]!;
    k.oLo = k.facts.oHi[a]!;
    k.sign = Math.min(32, k.facts.sign[a]!);
  });
  rule([Op.concat_i64], (k, _op, a, b) => {
    const f = k.facts;
    k.zLo = f.zLo[a]!;
    k.oLo = f.oLo[a]!;
    k.zHi = f.zLo[b]!;
    k.oHi = f.oLo[b]!;
    k.sign = f.sign[b]!;
  });
  rule([Op.ld8u_i32, Op.ld8u_i64], (k) => k.atMost(8));
  rule([Op.ld16u_i32, Op.ld16u_i64], (k) => k.atMost(16));
  rule([Op.ld32u_i64], (k) => k.atMost(32));
  rule([Op.ld8s_i32], (k) => { k.sign = 25; });
  rule([Op.ld8s_i64], (k) => { k.sign = 57; });
  rule([Op.ld16s_i32], (k) => { k.sign = 17; });
  rule([Op.ld16s_i64], (k) => { k.sign = 49; });
  rule([Op.ld32s_i64], (k) => { k.sign = 33; });
  rule([Op.guest_ld_i32, Op.guest_ld_i64], (k, op, _a, memop) => k.loaded(op === Op.guest_ld_i64, memop));
  rule([Op.guest_rmw_i32, Op.guest_rmw_i64], (k, op, _a, _b, memop) => k.loaded(op === Op.guest_rmw_i64, memop));
  rule([Op.guest_cmpxchg_i32, Op.guest_cmpxchg_i64], (k, op, _a, _b, _c, memop) => k.loaded(op === Op.guest_cmpxchg_i64, memop));
  rule([Op.vextractu_i32], (k, _op, _a, lane) => k.atMost(8 << lane));
  rule([Op.vextracts_i32], (k, _op, _a, lane) => { k.sign = 33 - (8 << lane); });
  rule([Op.vbitmask], (k, _op, _a, lane) => k.atMost(16 >> lane));
  rule([
    Op.add_i32, Op.add_i64, Op.sub_i32, Op.sub_i64, Op.neg_i32, Op.neg_i64, Op.mul_i32, Op.mul_i64,
  ], (k, op, a, b) => k.arithmetic(op, a, b));
  return table;
})();

function swap16(x: number): number {
  return ((x & 0xff) << 8) | ((x >>> 8) & 0xff);
}
