/** Formatters of FP and SIMD operands that the decode tables name; text as objdump prints it. */
import { expandImm } from '../translate/a64/simd-perm.ts';
import { x, xsp } from './operands.ts';

const LETTER = ['b', 'h', 's', 'd', 'q'];
const ARRANGE = ['8b', '16b', '4h', '8h', '2s', '4s', '1d', '2d', '1q', '1q'];
const FTYPE = ['s', 'd', '?', 'h'];

/** Vn with the arrangement of lanes of 2^size bytes in 64 (q 0) or 128 bits. */
export function vr(n: number, size: number, q: number): string { return `v${n}.${ARRANGE[2 * size + q]!}`; }
/** Scalar register of 2^size bytes. */
export function sc(n: number, size: number): string { return `${LETTER[size]!}${n}`; }
/** Scalar register by ftype. */
export function fr(ftype: number, n: number): string { return `${FTYPE[ftype]!}${n}`; }
/** The "2" of operations on upper halves. */
export function two(q: number): string { return q !== 0 ? '2' : ''; }
/** Two halves, or 2^q of them, in Vn. */
export function vh(n: number, q: number): string { return `v${n}.${q !== 0 ? 4 : 2}h`; }

// Shifts by immediate: the lane size is immh's highest bit

const immhSize = (immh: number): number => 31 - Math.clz32(immh);
export function shv(n: number, immh: number, q: number): string { return vr(n, immhSize(immh), q); }
export function shvw(n: number, immh: number): string { return vr(n, immhSize(immh) + 1, 1); }
export function shs(n: number, immh: number): string { return sc(n, immhSize(immh)); }
export function shsw(n: number, immh: number): string { return sc(n, immhSize(immh) + 1); }
export function rsh(immh: number, immb: number): string { return `#${(16 << immhSize(immh)) - ((immh << 3) | immb)}`; }
export function lsh(immh: number, immb: number): string { return `#${((immh << 3) | immb) - (8 << immhSize(immh))}`; }

// Elements

/** Element operand of integer instructions; 16-bit lanes take three index bits. */
export function el(size: number, rm: number, l: number, m: number, h: number): string {
  if (size === 1) return `v${rm}.h[${(h << 2) | (l << 1) | m}]`;
  return size === 2 ? `v${rm | (m << 4)}.s[${(h << 1) | l}]` : `v${rm | (m << 4)}.d[${h}]`;
}
export function el4b(rm: number, l: number, m: number, h: number): string { return `v${rm | (m << 4)}.4b[${(h << 1) | l}]`; }
/** Element of a complex pair. */
export function elc(size: number, rm: number, l: number, m: number, h: number): string {
  return `v${rm | (m << 4)}.${LETTER[size]!}[${size === 1 ? (h << 1) | l : h}]`;
}

const lowBit = (imm5: number): number => 31 - Math.clz32(imm5 & -imm5);
export function lane(n: number, imm5: number): string { return `v${n}.${LETTER[lowBit(imm5)]!}[${imm5 >> (lowBit(imm5) + 1)}]`; }
export function lanefrom(n: number, imm5: number, imm4: number): string { return `v${n}.${LETTER[lowBit(imm5)]!}[${imm4 >> lowBit(imm5)}]`; }
export function lanes(n: number, imm5: number, q: number): string { return vr(n, lowBit(imm5), q); }
export function lanescalar(n: number, imm5: number): string { return sc(n, lowBit(imm5)); }
/** General register that holds a lane. */
export function lanereg(n: number, imm5: number): string { return lowBit(imm5) === 3 ? x(n) : x(n).replace('x', 'w'); }

// Register lists

export function list(n: number, count: number, size: number, q: number): string {
  const at = (k: number): string => vr((n + k) & 31, size, q);
  if (count > 2 && n + count <= 32) return `{${at(0)}-${at(count - 1)}}`;
  return `{${Array.from({ length: count }, (_, k) => at(k)).join(', ')}}`;
}
/** Single-structure list with its index, from scale, S, size and Q. */
export function single(n: number, count: number, q: number, s: number, size: number, scale: number): string {
  const all = (q << 3) | (s << 2) | size, log2 = scale === 2 && size === 1 ? 3 : scale;
  const at = (k: number): string => `v${(n + k) & 31}.${LETTER[log2]!}`;
  const names = count > 2 && n + count <= 32 ? `${at(0)}-${at(count - 1)}` : Array.from({ length: count }, (_, k) => at(k)).join(', ');
  return `{${names}}[${log2 === 3 ? q : all >> log2}]`;
}
export function singleok(s: number, size: number, scale: number): boolean {
  return scale === 0 || (scale === 1 && (size & 1) === 0) || (scale === 2 && (size === 0 || (size === 1 && s === 0)));
}
/** Bytes of a single structure, for the post-indexed forms. */
export function singlebytes(count: number, size: number, scale: number): number {
  return count << (scale === 2 && size === 1 ? 3 : scale);
}
/** Post-index operand: a register, or for 31 the bytes transferred. */
export function postidx(rm: number, bytes: number): string { return rm === 31 ? `#${bytes}` : x(rm); }

/** Register of a load or store by size and the high bit of opc. */
export function ls(q: number, size: number, n: number): string { return sc(n, (q << 2) | size); }
/** Offset register with its extension. */
export function regoff(n: number, rm: number, option: number, s: number, shift: number): string {
  const ext = ['uxtb', 'uxth', 'uxtw', 'lsl', 'sxtb', 'sxth', 'sxtw', 'sxtx'][option]!;
  const reg = (option & 1) !== 0 ? x(rm) : x(rm).replace('x', 'w');
  const amount = s !== 0 ? ` #${shift}` : '';
  return `[${xsp(n)}, ${reg}${option === 3 && s === 0 ? '' : `, ${ext}${amount}`}]`;
}

// Immediates

/** Floating-point immediate, as printf's %.18e has it. */
export function fpimm(imm: number): string {
  const sign = imm >> 7 !== 0 ? -1 : 1, hi = expandImm(imm & 127, 3);
  const value = sign * 2 ** ((hi >>> 20) - 1023) * (1 + ((hi >>> 16) & 15) / 16);
  const [digits, exp] = value.toExponential(18).split('e') as [string, string];
  return `#${digits}e${exp[0]}${exp.slice(1).padStart(2, '0')}`;
}
export function fpimm2(abc: number, defgh: number): string { return fpimm((abc << 5) | defgh); }
export function imm8(abc: number, defgh: number): string { return `#0x${((abc << 5) | defgh).toString(16)}`; }
export function lslimm(shift: number): string { return shift !== 0 ? `, lsl #${8 * shift}` : ''; }
export function mslimm(shift: number): string { return `, msl #${shift !== 0 ? 16 : 8}`; }
export function bytemask(abc: number, defgh: number): string {
  let v = 0n;
  for (let i = 0; i < 8; i++) if (((abc << 5) | defgh) & (1 << i)) v |= 0xffn << BigInt(8 * i);
  return `#0x${v.toString(16)}`;
}
