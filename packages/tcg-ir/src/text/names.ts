import { MemOp, memOpMmuIdx } from '../ir/memop.ts';
import { Mo, Rmw, RMW_NAMES } from '../ir/cond.ts';

const SIZE_NAMES = ['8', '16', '32', '64', '128'];
const KNOWN_BITS =
  MemOp.SIZE_MASK | MemOp.SIGN | MemOp.BSWAP | MemOp.ALIGN_MASK | MemOp.ORDERED | MemOp.MMU_MASK;

/**
 * `u32.be.a4.ord.mmu1`: sign letter and size in bits, then `be` for reversed byte order, `a<bytes>` for a required
 * alignment, `ord` for an ordered access, and the mmu index. What does not fit is `memop:<hex>`.
 */
export function memOpName(memop: number): string {
  const size = SIZE_NAMES[memop & MemOp.SIZE_MASK];
  if (size === undefined || (memop & ~KNOWN_BITS) !== 0) return `memop:${(memop >>> 0).toString(16)}`;
  const align = (memop & MemOp.ALIGN_MASK) >> MemOp.ALIGN_SHIFT;
  return (
    (memop & MemOp.SIGN ? 's' : 'u') + size +
    (memop & MemOp.BSWAP ? '.be' : '') +
    (align > 0 ? `.a${1 << align}` : '') +
    (memop & MemOp.ORDERED ? '.ord' : '') +
    `.mmu${memOpMmuIdx(memop)}`
  );
}

/** The inverse of `memOpName`; undefined if the name is none. Parts may be left out; no mmu index is index 0. */
export function parseMemOp(name: string): number | undefined {
  const raw = /^memop:([0-9a-f]{1,8})$/.exec(name);
  if (raw) return parseInt(raw[1]!, 16) | 0;
  const m = /^([us])(8|16|32|64|128)(\.be)?(?:\.a(2|4|8|16|32|64|128))?(\.ord)?(?:\.mmu(\d|1[0-5]))?$/.exec(name);
  if (!m) return undefined;
  return (
    SIZE_NAMES.indexOf(m[2]!) |
    (m[1] === 's' ? MemOp.SIGN : 0) |
    (m[3] ? MemOp.BSWAP : 0) |
    (m[4] ? (31 - Math.clz32(Number(m[4]))) << MemOp.ALIGN_SHIFT : 0) |
    (m[5] ? MemOp.ORDERED : 0) |
    (Number(m[6] ?? 0) << MemOp.MMU_SHIFT)
  );
}

const ORDER_BITS: readonly (readonly [string, number])[] = [
  ['ld_ld', Mo.LD_LD], ['st_ld', Mo.ST_LD], ['ld_st', Mo.LD_ST], ['st_st', Mo.ST_ST],
];
const BARRIER_KINDS: readonly (readonly [string, number])[] = [
  ['sc', Mo.SC], ['acq', Mo.ACQUIRE], ['rel', Mo.RELEASE],
];

/** `all+sc`, `ld_ld+ld_st+acq`, `none`: what a barrier orders and its kind. */
export function barrierName(mask: number): string {
  const parts = (mask & Mo.ALL) === Mo.ALL ? ['all'] : ORDER_BITS.filter(([, bit]) => mask & bit).map(([name]) => name);
  for (const [name, bits] of BARRIER_KINDS) if ((mask & Mo.SC) === bits) parts.push(name);
  const rest = mask & ~(Mo.ALL | Mo.SC);
  if (rest !== 0) parts.push(`0x${(rest >>> 0).toString(16)}`);
  return parts.length > 0 ? parts.join('+') : 'none';
}

/** The inverse of `barrierName`. */
export function parseBarrier(name: string): number | undefined {
  if (name === 'none') return 0;
  let mask = 0;
  for (const part of name.split('+')) {
    const named = [...ORDER_BITS, ...BARRIER_KINDS, ['all', Mo.ALL] as const].find(([n]) => n === part)?.[1];
    if (named !== undefined) mask |= named;
    else if (/^0x[0-9a-f]+$/.test(part)) mask |= Number(part);
    else return undefined;
  }
  return mask;
}

/** `add`, or `add.new` for the kind that yields the new value. */
export function rmwName(kind: number): string {
  const name = RMW_NAMES[kind & ~Rmw.RETURN_NEW] ?? `rmw:${kind & ~Rmw.RETURN_NEW}`;
  return kind & Rmw.RETURN_NEW ? `${name}.new` : name;
}

/** The inverse of `rmwName`. */
export function parseRmw(text: string): number | undefined {
  const m = /^(\w+)(\.new)?$/.exec(text);
  const kind = m ? RMW_NAMES.indexOf(m[1]!) : -1;
  return kind < 0 ? undefined : kind | (m![2] ? Rmw.RETURN_NEW : 0);
}
