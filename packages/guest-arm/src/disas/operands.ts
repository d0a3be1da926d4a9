/** Formatters of operands that the decode tables name; text as objdump prints it. */
import { bitMask } from '../translate/a64/bitmask.ts';
import { sysregLookup } from '../sysreg/table.ts';

const CONDITIONS = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al', 'nv'];
const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'];
const EXTENDS = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'];
const BARRIERS = [
  undefined, 'oshld', 'oshst', 'osh', undefined, 'nshld', 'nshst', 'nsh',
  undefined, 'ishld', 'ishst', 'ish', undefined, 'ld', 'st', 'sy',
];
const HINTS: ReadonlyMap<number, string> = new Map([
  [0, 'nop'], [1, 'yield'], [2, 'wfe'], [3, 'wfi'], [4, 'sev'], [5, 'sevl'], [7, 'xpaclri'],
  [8, 'pacia1716'], [10, 'pacib1716'], [12, 'autia1716'], [14, 'autib1716'], [16, 'esb'], [17, 'psb\tcsync'],
  [18, 'tsb\tcsync'], [20, 'csdb'], [22, 'clearbhb'], [24, 'paciaz'], [25, 'paciasp'], [26, 'pacibz'], [27, 'pacibsp'], [28, 'autiaz'],
  [29, 'autiasp'], [30, 'autibz'], [31, 'autibsp'], [32, 'bti'], [34, 'bti\tc'], [36, 'bti\tj'], [38, 'bti\tjc'],
]);

// Registers

export function x(n: number): string { return n === 31 ? 'xzr' : `x${n}`; }
export function w(n: number): string { return n === 31 ? 'wzr' : `w${n}`; }
export function xsp(n: number): string { return n === 31 ? 'sp' : `x${n}`; }
/** Wn or Xn by sf. */
export function r(sf: number, n: number): string { return sf !== 0 ? x(n) : w(n); }
export function rsp(sf: number, n: number): string { return n === 31 ? (sf !== 0 ? 'sp' : 'wsp') : r(sf, n); }
/** The other register of an even-odd pair. */
export function rnext(sf: number, n: number): string { return r(sf, n + 1); }
/** Register of an access of 2^size bytes. */
export function rsz(size: number, n: number): string { return r(size === 3 ? 1 : 0, n); }
/** Register of a signed load: W when `narrow`. */
export function rs(narrow: number, n: number): string { return r(narrow !== 0 ? 0 : 1, n); }
/** Suffix of a mnemonic by size: b, h or none. */
export function sz(size: number): string { return size === 0 ? 'b' : size === 1 ? 'h' : ''; }
export function ssz(size: number): string { return size === 0 ? 'b' : size === 1 ? 'h' : 'w'; }

// Immediates

export function imm(v: number): string { return `#0x${v.toString(16)}`; }

export function addimm(value: number, sh: number): string { return imm(value) + (sh !== 0 ? ', lsl #12' : ''); }
export function cc(cond: number): string { return CONDITIONS[cond]!; }
export function ncc(cond: number): string { return CONDITIONS[cond ^ 1]!; }

function hex64(v: bigint): string { return `#0x${BigInt.asUintN(64, v).toString(16)}`; }
function address(v: bigint): string { return `0x${BigInt.asUintN(64, v).toString(16)}`; }

export function validMask(sf: number, n: number, imms: number): boolean {
  return bitMask(sf, n, 0, imms) !== undefined;
}
function maskValue(sf: number, n: number, immr: number, imms: number): bigint {
  const m = bitMask(sf, n, immr, imms)!;
  const lo = BigInt(m.lo >>> 0);
  return sf !== 0 ? (BigInt(m.hi >>> 0) << 32n) | lo : lo;
}
export function bitmask(sf: number, n: number, immr: number, imms: number): string {
  return hex64(maskValue(sf, n, immr, imms));
}
/** Whether MOVZ or MOVN makes the same constant, so that ORR is not the preferred MOV. */
export function moveWide(sf: number, n: number, immr: number, imms: number): boolean {
  const value = maskValue(sf, n, immr, imms);
  const all = sf !== 0 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  for (let i = 0n; i < (sf !== 0 ? 64n : 32n); i += 16n) {
    const others = all ^ (0xffffn << i);
    if ((value & others) === 0n || ((value ^ all) & others) === 0n) return true;
  }
  return false;
}
export function wideimm(value: number, hw: number): string { return imm(value) + (hw !== 0 ? `, lsl #${hw * 16}` : ''); }
export function shifted(value: number, hw: number): string { return hex64(BigInt(value) << BigInt(hw * 16)); }
export function notimm(sf: number, value: number, hw: number): string {
  return hex64(BigInt.asUintN(sf !== 0 ? 64 : 32, ~(BigInt(value) << BigInt(hw * 16))));
}

// Addresses

export function rel(pc: bigint, words: number): string { return address(pc + BigInt(words) * 4n); }
export function adr(pc: bigint, hi: number, lo: number): string { return address(pc + BigInt(hi * 4 + lo)); }
export function adrp(pc: bigint, hi: number, lo: number): string {
  return address((pc & ~0xfffn) + BigInt(hi * 4 + lo) * 4096n);
}
/** Unscaled offset; nothing when zero. */
export function uaddr(n: number, offset: number): string {
  return offset === 0 ? `[${xsp(n)}]` : `[${xsp(n)}, #${offset}]`;
}
export function iaddr(n: number, value: number, size: number): string { return uaddr(n, value << size); }
/** Address of a pair: mode 1 post-index, 3 pre-index, else offset; scale 8 means by sf. */
export function addr(mode: number, n: number, value: number, scale: number, sf: number): string {
  const offset = value * (scale === 8 && sf === 0 ? 4 : scale);
  if (mode === 1) return `[${xsp(n)}], #${offset}`;
  if (mode === 3) return `[${xsp(n)}, #${offset}]!`;
  return uaddr(n, offset);
}
export function raddr(n: number, m: number, option: number, s: number, size: number): string {
  const reg = (option & 1) !== 0 ? x(m) : w(m);
  if (option === 3) return s !== 0 ? `[${xsp(n)}, ${reg}, lsl #${size}]` : `[${xsp(n)}, ${reg}]`;
  return `[${xsp(n)}, ${reg}, ${EXTENDS[option]!}${s !== 0 ? ` #${size}` : ''}]`;
}

// Shifted and extended registers

export function shreg(sf: number, m: number, shift: number, amount: number): string {
  return r(sf, m) + (shift !== 0 || amount !== 0 ? `, ${SHIFTS[shift]!} #${amount}` : '');
}
/** `n`, `d`: the other registers that may be SP; with SP the extension that does nothing prints as a shift. */
export function extreg(sf: number, m: number, option: number, amount: number, n: number, d: number): string {
  const reg = sf !== 0 && (option & 3) === 3 ? x(m) : w(m);
  const neutral = sf !== 0 ? 3 : 2;
  if (option === neutral && (n === 31 || d === 31)) return reg + (amount !== 0 ? `, lsl #${amount}` : '');
  return `${reg}, ${EXTENDS[option]!}${amount !== 0 ? ` #${amount}` : ''}`;
}

// Bit fields with their aliases

export function sbfm(sf: number, immr: number, imms: number, n: number, d: number): string {
  const bits = sf !== 0 ? 64 : 32;
  if (imms === bits - 1) return `asr\t${r(sf, d)}, ${r(sf, n)}, #${immr}`;
  if (imms < immr) return `sbfiz\t${r(sf, d)}, ${r(sf, n)}, #${bits - immr}, #${imms + 1}`;
  if (immr === 0 && imms === 7) return `sxtb\t${r(sf, d)}, ${w(n)}`;
  if (immr === 0 && imms === 15) return `sxth\t${r(sf, d)}, ${w(n)}`;
  if (immr === 0 && imms === 31 && sf !== 0) return `sxtw\t${r(sf, d)}, ${w(n)}`;
  return `sbfx\t${r(sf, d)}, ${r(sf, n)}, #${immr}, #${imms - immr + 1}`;
}
export function ubfm(sf: number, immr: number, imms: number, n: number, d: number): string {
  const bits = sf !== 0 ? 64 : 32;
  if (imms === bits - 1) return `lsr\t${r(sf, d)}, ${r(sf, n)}, #${immr}`;
  if (imms + 1 === immr) return `lsl\t${r(sf, d)}, ${r(sf, n)}, #${bits - immr}`;
  if (imms < immr) return `ubfiz\t${r(sf, d)}, ${r(sf, n)}, #${bits - immr}, #${imms + 1}`;
  if (immr === 0 && imms === 7 && sf === 0) return `uxtb\t${w(d)}, ${w(n)}`;
  if (immr === 0 && imms === 15 && sf === 0) return `uxth\t${w(d)}, ${w(n)}`;
  return `ubfx\t${r(sf, d)}, ${r(sf, n)}, #${immr}, #${imms - immr + 1}`;
}
export function bfm(sf: number, immr: number, imms: number, n: number, d: number): string {
  const bits = sf !== 0 ? 64 : 32;
  if (imms < immr) {
    if (n === 31) return `bfc\t${r(sf, d)}, #${bits - immr}, #${imms + 1}`;
    return `bfi\t${r(sf, d)}, ${r(sf, n)}, #${bits - immr}, #${imms + 1}`;
  }
  return `bfxil\t${r(sf, d)}, ${r(sf, n)}, #${immr}, #${imms - immr + 1}`;
}

// System

export function barrier(crm: number): string { return BARRIERS[crm] ?? `#0x${crm.toString(16).padStart(2, '0')}`; }
export function hint(crm: number, op2: number): string {
  return HINTS.get(crm * 8 + op2) ?? `hint\t#0x${(crm * 8 + op2).toString(16)}`;
}
export function prfop(rt: number): string {
  const type = ['pld', 'pli', 'pst'][rt >> 3];
  const target = (rt >> 1) & 3;
  if (type === undefined || target === 3) return `#0x${rt.toString(16).padStart(2, '0')}`;
  return `${type}l${target + 1}${(rt & 1) !== 0 ? 'strm' : 'keep'}`;
}
const PSTATE_FIELDS: ReadonlyMap<number, string> = new Map([
  [3, 'uao'], [4, 'pan'], [5, 'spsel'], [25, 'ssbs'], [26, 'dit'], [28, 'tco'], [30, 'daifset'], [31, 'daifclr'],
]);
export function pstateName(op1: number, op2: number): string | undefined { return PSTATE_FIELDS.get(op1 * 8 + op2); }
export function pstatefield(op1: number, op2: number): string { return pstateName(op1, op2)!; }
export function sysreg(o0: number, op1: number, crn: number, crm: number, op2: number): string {
  const reg = sysregLookup(2 + o0, op1, crn, crm, op2);
  return reg !== undefined ? reg.name.toLowerCase() : `s${2 + o0}_${op1}_c${crn}_c${crm}_${op2}`;
}
export function sys(op1: number, crn: number, crm: number, op2: number, rt: number): string {
  const reg = sysregLookup(1, op1, crn, crm, op2);
  const operand = rt !== 31 ? `, ${x(rt)}` : '';
  if (reg !== undefined) return reg.name.toLowerCase().replace(' ', '\t') + operand;
  return `sys\t#${op1}, C${crn}, C${crm}, #${op2}${operand}`;
}

/** LDADD and its kin; ST forms without a result. */
export function atomic(name: string, size: number, a: number, l: number, s: number, n: number, t: number): string {
  const tail = `${l !== 0 ? 'l' : ''}${sz(size)}`;
  if (t === 31 && a === 0) return `st${name}${tail}\t${rsz(size, s)}, [${xsp(n)}]`;
  return `ld${name}${a !== 0 ? 'a' : ''}${tail}\t${rsz(size, s)}, ${rsz(size, t)}, [${xsp(n)}]`;
}
