import { Op } from '../op/codes.ts';
import type { Label, Temp } from '../ir/function.ts';
import { BuilderCore } from './core.ts';

/** Control flow and integer ops, destination first. See `op/table.ts` for their meaning. */
export class IntegerBuilder extends BuilderCore {
  // Control

  /** unconditional branch. */
  br(label: Label): void { this.emit1(Op.br, label); }
  /** branch when cond(a, b). */
  brcondI32(a: Temp, b: Temp, cond: number, label: Label): void { this.emit4(Op.brcond_i32, a, b, cond, label); }
  /** branch when cond(a, b). */
  brcondI64(a: Temp, b: Temp, cond: number, label: Label): void { this.emit4(Op.brcond_i64, a, b, cond, label); }
  /** memory barrier: TCG_MO_* mask, TCG_BAR_* kind. */
  mb(mask: number): void { this.emit1(Op.mb, mask); }
  /** leave through direct jump slot 0 or 1. */
  gotoTb(slot: number): void { this.emit1(Op.goto_tb, slot); }
  /** leave to the TB at the pc global, found in the jump cache. */
  gotoPtr(): void { this.emit0(Op.goto_ptr); }
  /** leave to the main loop with an exit code. */
  exitTb(code: number): void { this.emit1(Op.exit_tb, code); }
  /** value of the temp is not needed any more. */
  discard(a: Temp): void { this.emit1(Op.discard, a); }

  // Integer: moves, arithmetic, logic

  movI32(d: Temp, a: Temp): void { this.emit2(Op.mov_i32, d, a); }
  movI64(d: Temp, a: Temp): void { this.emit2(Op.mov_i64, d, a); }
  addI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.add_i32, d, a, b); }
  addI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.add_i64, d, a, b); }
  subI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.sub_i32, d, a, b); }
  subI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.sub_i64, d, a, b); }
  mulI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.mul_i32, d, a, b); }
  mulI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.mul_i64, d, a, b); }
  /** high half of the signed product. */
  mulshI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.mulsh_i32, d, a, b); }
  /** high half of the signed product. */
  mulshI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.mulsh_i64, d, a, b); }
  /** high half of the unsigned product. */
  muluhI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.muluh_i32, d, a, b); }
  /** high half of the unsigned product. */
  muluhI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.muluh_i64, d, a, b); }
  /** signed quotient; x/0 = 0, MIN/-1 = MIN. */
  divsI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.divs_i32, d, a, b); }
  /** signed quotient; x/0 = 0, MIN/-1 = MIN. */
  divsI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.divs_i64, d, a, b); }
  /** unsigned quotient; x/0 = 0. */
  divuI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.divu_i32, d, a, b); }
  /** unsigned quotient; x/0 = 0. */
  divuI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.divu_i64, d, a, b); }
  /** signed remainder; x%0 = x, MIN%-1 = 0. */
  remsI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.rems_i32, d, a, b); }
  /** signed remainder; x%0 = x, MIN%-1 = 0. */
  remsI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.rems_i64, d, a, b); }
  /** unsigned remainder; x%0 = x. */
  remuI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.remu_i32, d, a, b); }
  /** unsigned remainder; x%0 = x. */
  remuI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.remu_i64, d, a, b); }
  negI32(d: Temp, a: Temp): void { this.emit2(Op.neg_i32, d, a); }
  negI64(d: Temp, a: Temp): void { this.emit2(Op.neg_i64, d, a); }
  notI32(d: Temp, a: Temp): void { this.emit2(Op.not_i32, d, a); }
  notI64(d: Temp, a: Temp): void { this.emit2(Op.not_i64, d, a); }
  andI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.and_i32, d, a, b); }
  andI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.and_i64, d, a, b); }
  orI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.or_i32, d, a, b); }
  orI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.or_i64, d, a, b); }
  xorI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.xor_i32, d, a, b); }
  xorI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.xor_i64, d, a, b); }
  /** a & ~b. */
  andcI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.andc_i32, d, a, b); }
  /** a & ~b. */
  andcI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.andc_i64, d, a, b); }
  /** a | ~b. */
  orcI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.orc_i32, d, a, b); }
  /** a | ~b. */
  orcI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.orc_i64, d, a, b); }
  /** ~(a ^ b). */
  eqvI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.eqv_i32, d, a, b); }
  /** ~(a ^ b). */
  eqvI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.eqv_i64, d, a, b); }
  /** ~(a & b). */
  nandI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.nand_i32, d, a, b); }
  /** ~(a & b). */
  nandI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.nand_i64, d, a, b); }
  /** ~(a | b). */
  norI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.nor_i32, d, a, b); }
  /** ~(a | b). */
  norI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.nor_i64, d, a, b); }

  // Integer: shifts and bit fields (counts are taken modulo the width)

  shlI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.shl_i32, d, a, b); }
  shlI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.shl_i64, d, a, b); }
  shrI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.shr_i32, d, a, b); }
  shrI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.shr_i64, d, a, b); }
  sarI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.sar_i32, d, a, b); }
  sarI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.sar_i64, d, a, b); }
  rotlI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.rotl_i32, d, a, b); }
  rotlI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.rotl_i64, d, a, b); }
  rotrI32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.rotr_i32, d, a, b); }
  rotrI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.rotr_i64, d, a, b); }
  /** leading zeros; 32 for 0. */
  clzI32(d: Temp, a: Temp): void { this.emit2(Op.clz_i32, d, a); }
  /** leading zeros; 64 for 0. */
  clzI64(d: Temp, a: Temp): void { this.emit2(Op.clz_i64, d, a); }
  /** trailing zeros; 32 for 0. */
  ctzI32(d: Temp, a: Temp): void { this.emit2(Op.ctz_i32, d, a); }
  /** trailing zeros; 64 for 0. */
  ctzI64(d: Temp, a: Temp): void { this.emit2(Op.ctz_i64, d, a); }
  ctpopI32(d: Temp, a: Temp): void { this.emit2(Op.ctpop_i32, d, a); }
  ctpopI64(d: Temp, a: Temp): void { this.emit2(Op.ctpop_i64, d, a); }
  /** swap the two low bytes, zero the rest. */
  bswap16I32(d: Temp, a: Temp): void { this.emit2(Op.bswap16_i32, d, a); }
  /** swap the two low bytes, zero the rest. */
  bswap16I64(d: Temp, a: Temp): void { this.emit2(Op.bswap16_i64, d, a); }
  /** swap the four low bytes, zero the rest. */
  bswap32I32(d: Temp, a: Temp): void { this.emit2(Op.bswap32_i32, d, a); }
  /** swap the four low bytes, zero the rest. */
  bswap32I64(d: Temp, a: Temp): void { this.emit2(Op.bswap32_i64, d, a); }
  bswap64I64(d: Temp, a: Temp): void { this.emit2(Op.bswap64_i64, d, a); }
  /** a with b placed in bits pos..pos+len-1 (imm pos, len). */
  depositI32(d: Temp, a: Temp, b: Temp, pos: number, len: number): void { this.emit5(Op.deposit_i32, d, a, b, pos, len); }
  /** a with b placed in bits pos..pos+len-1 (imm pos, len). */
  depositI64(d: Temp, a: Temp, b: Temp, pos: number, len: number): void { this.emit5(Op.deposit_i64, d, a, b, pos, len); }
  /** zero-extended bits pos..pos+len-1. */
  extractI32(d: Temp, a: Temp, pos: number, len: number): void { this.emit4(Op.extract_i32, d, a, pos, len); }
  /** zero-extended bits pos..pos+len-1. */
  extractI64(d: Temp, a: Temp, pos: number, len: number): void { this.emit4(Op.extract_i64, d, a, pos, len); }
  /** sign-extended bits pos..pos+len-1. */
  sextractI32(d: Temp, a: Temp, pos: number, len: number): void { this.emit4(Op.sextract_i32, d, a, pos, len); }
  /** sign-extended bits pos..pos+len-1. */
  sextractI64(d: Temp, a: Temp, pos: number, len: number): void { this.emit4(Op.sextract_i64, d, a, pos, len); }
  /** 32 bits from bit pos of hi:lo (args lo, hi). */
  extract2I32(d: Temp, a: Temp, b: Temp, pos: number): void { this.emit4(Op.extract2_i32, d, a, b, pos); }
  /** 64 bits from bit pos of hi:lo (args lo, hi). */
  extract2I64(d: Temp, a: Temp, b: Temp, pos: number): void { this.emit4(Op.extract2_i64, d, a, b, pos); }

  // Integer: conditions and carries

  /** 1 when cond(a, b), else 0 (i32 result). */
  setcondI32(d: Temp, a: Temp, b: Temp, cond: number): void { this.emit4(Op.setcond_i32, d, a, b, cond); }
  /** 1 when cond(a, b), else 0 (i32 result). */
  setcondI64(d: Temp, a: Temp, b: Temp, cond: number): void { this.emit4(Op.setcond_i64, d, a, b, cond); }
  /** -1 when cond(a, b), else 0. */
  negsetcondI32(d: Temp, a: Temp, b: Temp, cond: number): void { this.emit4(Op.negsetcond_i32, d, a, b, cond); }
  /** -1 when cond(a, b), else 0. */
  negsetcondI64(d: Temp, a: Temp, b: Temp, cond: number): void { this.emit4(Op.negsetcond_i64, d, a, b, cond); }
  /** cond(a, b) ? c : d. */
  movcondI32(d: Temp, a: Temp, b: Temp, ifTrue: Temp, ifFalse: Temp, cond: number): void { this.emit6(Op.movcond_i32, d, a, b, ifTrue, ifFalse, cond); }
  /** cond(a, b) ? c : d. */
  movcondI64(d: Temp, a: Temp, b: Temp, ifTrue: Temp, ifFalse: Temp, cond: number): void { this.emit6(Op.movcond_i64, d, a, b, ifTrue, ifFalse, cond); }
  /** sum, carry out = a + b + carry in (carries are 0 or 1). */
  addcI32(d: Temp, carry: Temp, a: Temp, b: Temp, cin: Temp): void { this.emit5(Op.addc_i32, d, carry, a, b, cin); }
  /** sum, carry out = a + b + carry in (carries are 0 or 1). */
  addcI64(d: Temp, carry: Temp, a: Temp, b: Temp, cin: Temp): void { this.emit5(Op.addc_i64, d, carry, a, b, cin); }
  /** difference, borrow out = a - b - borrow in. */
  subbI32(d: Temp, carry: Temp, a: Temp, b: Temp, cin: Temp): void { this.emit5(Op.subb_i32, d, carry, a, b, cin); }
  /** difference, borrow out = a - b - borrow in. */
  subbI64(d: Temp, carry: Temp, a: Temp, b: Temp, cin: Temp): void { this.emit5(Op.subb_i64, d, carry, a, b, cin); }

  // Size changes

  extsI64I32(d: Temp, a: Temp): void { this.emit2(Op.exts_i64_i32, d, a); }
  extuI64I32(d: Temp, a: Temp): void { this.emit2(Op.extu_i64_i32, d, a); }
  /** low half. */
  extrlI32I64(d: Temp, a: Temp): void { this.emit2(Op.extrl_i32_i64, d, a); }
  /** high half. */
  extrhI32I64(d: Temp, a: Temp): void { this.emit2(Op.extrh_i32_i64, d, a); }
  /** from low and high half. */
  concatI64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.concat_i64, d, a, b); }
}
