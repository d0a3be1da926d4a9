/** Translation functions of a64-crypto.decode: the cryptographic extension (Arm ARM C4.1.96). */
import { CryptoOp } from '../../helper/crypto.ts';
import type { A64Context } from './context.ts';
import { vOffset } from '../../cpu/env.ts';
import { callHelper, type F2, type F3, fpBuilder, ldv, shl, shr, stv, v2, writeScalar64 } from './simd-core.ts';

/** Two-register rows have no Rm: what the field holds then does not matter. */
function op(code: number): (ctx: A64Context, a: F3) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'crypto_op', code, a.Rd | (a.Rn << 5) | (a.Rm << 10));
  };
}
export const AESE = op(CryptoOp.AESE);
export const AESD = op(CryptoOp.AESD);
export const AESMC = op(CryptoOp.AESMC);
export const AESIMC = op(CryptoOp.AESIMC);
export const SHA1C = op(CryptoOp.SHA1C);
export const SHA1P = op(CryptoOp.SHA1P);
export const SHA1M = op(CryptoOp.SHA1M);
export const SHA1SU0 = op(CryptoOp.SHA1SU0);
export const SHA1SU1 = op(CryptoOp.SHA1SU1);
export const SHA256H = op(CryptoOp.SHA256H);
export const SHA256H2 = op(CryptoOp.SHA256H2);
export const SHA256SU0 = op(CryptoOp.SHA256SU0);
export const SHA256SU1 = op(CryptoOp.SHA256SU1);
export const SHA512H = op(CryptoOp.SHA512H);
export const SHA512H2 = op(CryptoOp.SHA512H2);
export const SHA512SU0 = op(CryptoOp.SHA512SU0);
export const SHA512SU1 = op(CryptoOp.SHA512SU1);

export function SHA1H(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const t = b.newI32(), w = b.newI64();
  b.ldI32(t, b.env, vOffset(a.Rn));
  b.rotlI32(t, t, b.constI32(30));
  b.extuI64I32(w, t);
  writeScalar64(b, a.Rd, w);
}

type F4 = F3 & { Ra: number };
export function EOR3(ctx: A64Context, a: F4): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const x = v2(b, (d) => b.vxor(d, ldv(b, a.Rn), ldv(b, a.Rm)));
  stv(b, a.Rd, v2(b, (d) => b.vxor(d, x, ldv(b, a.Ra))), 1);
}
export function BCAX(ctx: A64Context, a: F4): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const x = v2(b, (d) => b.vandc(d, ldv(b, a.Rm), ldv(b, a.Ra)));
  stv(b, a.Rd, v2(b, (d) => b.vxor(d, x, ldv(b, a.Rn))), 1);
}
export function RAX1(ctx: A64Context, a: F3): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const m = ldv(b, a.Rm);
  const r = v2(b, (d) => b.vor(d, shl(b, m, 3, 1), shr(b, m, 3, 63)));
  stv(b, a.Rd, v2(b, (d) => b.vxor(d, r, ldv(b, a.Rn))), 1);
}
export function XAR(ctx: A64Context, a: F3 & { imm6: number }): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const x = v2(b, (d) => b.vxor(d, ldv(b, a.Rn), ldv(b, a.Rm)));
  stv(b, a.Rd, a.imm6 === 0 ? x : v2(b, (d) => b.vor(d, shr(b, x, 3, a.imm6), shl(b, x, 3, 64 - a.imm6))), 1);
}
