import { Rng } from './random.ts';

/** Addresses of the harness (fuzz/harness.c), and so of the guest. */
export const CODE = 0x5001_0000;
export const DATA = 0x5004_0000;
export const DATA_SIZE = 0x10000;
/** Everything the harness has mapped there, its code and state. */
export const HARNESS = 0x5000_0000;
export const HARNESS_END = 0x500a_0000;
/** Most instructions of a case. */
export const MAX_WORDS = 60;

/** Words of a register state: x0-x30, sp, nzcv, fpcr, fpsr as 64 bits each, then v0-v31. */
export const STATE_WORDS = 198;
export const Reg = { X: 0, SP: 62, NZCV: 64, FPCR: 66, FPSR: 68, V: 70 } as const;

/**
 * Registers with a purpose: x20-x23 and sp point into the data, x24 and x25 are small indexes. Generated sequences
 * change x20-x25 by write-back only.
 */
export const FIRST_KEPT = 20;
export const LAST_KEPT = 25;

const EDGE_WORDS = [0, 1, -1, 0x80000000 | 0, 0x7fffffff, 0xff, 0x8000, 0xffff0000 | 0, 2, 31, 32, 63, 64];
const FLOATS64: readonly (readonly [lo: number, hi: number])[] = [
  [0, 0], [0, 0x80000000 | 0], [0, 0x3ff00000], [0, 0xbff00000 | 0], [0, 0x7ff00000], [0, 0xfff00000 | 0], [1, 0x7ff00000],
  [0, 0x7ff80000], [1, 0], [-1, 0x000fffff], [-1, 0x7fefffff], [0, 0x41dfffff], [0, 0x43e00000], [0, 0x3fe00000],
];
const FLOATS32 = [
  0, 0x80000000 | 0, 0x3f800000, 0xbf800000 | 0, 0x7f800000, 0xff800000 | 0, 0x7f800001, 0x7fc00000, 1, 0x7fffff, 0x7f7fffff,
  0x4f000000, 0x5f000000, 0x3f000000, 0x00800000, 0x33800000, 0x47800000,
];
const FLOATS16 = [0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7c01, 0x7e00, 1, 0x3ff, 0x7bff, 0x3800, 0x0400];

/** Register state of a seed, as STATE_WORDS i32. */
export function makeState(seed: number): Int32Array {
  const rng = new Rng(seed);
  const s = new Int32Array(STATE_WORDS);
  const edge = (): number => EDGE_WORDS[rng.below(EDGE_WORDS.length)]!;
  for (let n = 0; n < 31; n++) {
    switch (rng.below(8)) {
      case 6:
      case 7:
        // Equal or nearly equal to another one, in the low word at least.
        if (n > 0) {
          const other = rng.below(n);
          s[2 * n] = s[2 * other]! + (rng.below(3) === 0 ? rng.below(3) - 1 : 0);
          s[2 * n + 1] = rng.below(4) === 0 ? rng.next() : s[2 * other + 1]!;
        }
        break;
      case 0:
        s[2 * n] = edge();
        s[2 * n + 1] = s[2 * n]! >> 31;
        break;
      case 1:
        s[2 * n] = edge();
        s[2 * n + 1] = edge();
        break;
      case 2:
        s[2 * n] = rng.next();
        break;
      default:
        s[2 * n] = rng.next();
        s[2 * n + 1] = rng.next();
    }
  }
  for (let n = FIRST_KEPT; n < 24; n++) {
    const misaligned = n >= 22 ? rng.below(16) : 0;
    s[2 * n] = DATA + 0x4000 + rng.below(0x600) * 16 + misaligned;
    s[2 * n + 1] = 0;
  }
  s[2 * 24] = rng.below(256);
  s[2 * 24 + 1] = 0;
  s[2 * 25] = -rng.below(64) * 8;
  s[2 * 25 + 1] = rng.below(2) === 0 ? -1 : 0;
  s[Reg.SP] = DATA + 0x8000 + rng.below(64) * 16;
  s[Reg.NZCV] = rng.next() & (0xf0000000 | 0);
  // Rounding mode, FZ, DN, FZ16 now and then.
  s[Reg.FPCR] = rng.below(3) === 0 ? rng.next() & 0x07c80000 & ~0x00480000 : 0;
  for (let i = 0; i < 64; i++) randomLanes(rng, s, Reg.V + 2 * i);
  return s;
}

/** 64 bits of a vector register: random, or lanes of interesting floats. */
function randomLanes(rng: Rng, s: Int32Array, at: number): void {
  switch (rng.below(5)) {
    case 0: {
      const f = FLOATS64[rng.below(FLOATS64.length)]!;
      s[at] = f[0];
      s[at + 1] = f[1];
      break;
    }
    case 1:
      for (let i = 0; i < 2; i++) s[at + i] = FLOATS32[rng.below(FLOATS32.length)]!;
      break;
    case 2:
      for (let i = 0; i < 2; i++) {
        const half = (): number => FLOATS16[rng.below(FLOATS16.length)]!;
        s[at + i] = half() | (half() << 16);
      }
      break;
    case 3:
      // Ordinary doubles of similar size.
      s[at] = rng.next();
      s[at + 1] = (rng.next() & 0x800fffff) | ((0x3f0 + rng.below(32)) << 20);
      break;
    default:
      s[at] = rng.next();
      s[at + 1] = rng.next();
  }
}

/** Initial content of the data, 64 bits at `index` as [low, high]. */
export function pattern(index: number, out: Int32Array): void {
  const v = (BigInt(index + 1) * 0x9e3779b97f4a7c15n) & 0xffff_ffff_ffff_ffffn;
  const p = v ^ (v >> 29n);
  out[0] = Number(p & 0xffff_ffffn) | 0;
  out[1] = Number(p >> 32n) | 0;
}

/** State after a case. */
export interface Outcome {
  /** STATE_WORDS i32. */
  readonly state: Int32Array;
  /** Linux signal number, 0 when the sequence ran to its end. */
  readonly signal: number;
  /** Where the signal came, else the end. */
  readonly pc: number;
  /** Changed 64-bit words of the data: index, low, high. */
  readonly memory: Int32Array;
  /** The sequence touched memory that the harness has but we do not: not comparable. */
  readonly touchesHarness?: boolean;
}

export interface Case {
  /** Seed of the register state. */
  readonly seed: number;
  readonly code: Int32Array;
}

/** Register names of state words, for messages. */
export function stateName(word: number): string {
  if (word < Reg.SP) return `x${word >> 1}`;
  if (word < Reg.V) return ['sp', 'nzcv', 'fpcr', 'fpsr'][(word - Reg.SP) >> 1]!;
  return `v${(word - Reg.V) >> 2}`;
}

/** True when both sides did the same. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  if (a.signal !== b.signal || a.pc !== b.pc || a.memory.length !== b.memory.length) return false;
  for (let i = 0; i < STATE_WORDS; i++) if (a.state[i] !== b.state[i]) return false;
  for (let i = 0; i < a.memory.length; i++) if (a.memory[i] !== b.memory[i]) return false;
  return true;
}
