import { Rmw } from '../ir/cond.ts';
import { MemOp, memOpSize } from '../ir/memop.ts';
import { swapBytes } from './integer.ts';

export interface AtomicResult {
  /** What the bytes in memory become, as a little-endian number. */
  readonly memory: bigint;
  /** What the op yields: extended to 64 bits as the MemOp says. */
  readonly result: bigint;
}

function extend(memop: number, bits: number, value: bigint): bigint {
  return memop & MemOp.SIGN ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) : value;
}

/** A read-modify-write of `old`, the accessed bytes as a little-endian number. Values are taken at the access size. */
export function readModifyWrite(memop: number, kind: number, old: bigint, operand: bigint): AtomicResult {
  const bytes = memOpSize(memop);
  const bits = bytes * 8;
  const order = (x: bigint): bigint => (memop & MemOp.BSWAP ? swapBytes(bytes, x) : x);
  const a = order(old);
  const b = BigInt.asUintN(bits, operand);
  const signedLess = BigInt.asIntN(bits, a) < BigInt.asIntN(bits, b);
  let value: bigint;
  switch (kind & ~Rmw.RETURN_NEW) {
    case Rmw.XCHG: value = b; break;
    case Rmw.ADD: value = a + b; break;
    case Rmw.AND: value = a & b; break;
    case Rmw.OR: value = a | b; break;
    case Rmw.XOR: value = a ^ b; break;
    case Rmw.SMIN: value = signedLess ? a : b; break;
    case Rmw.SMAX: value = signedLess ? b : a; break;
    case Rmw.UMIN: value = a < b ? a : b; break;
    case Rmw.UMAX: value = a < b ? b : a; break;
    default: throw new Error(`no such read-modify-write: ${kind}`);
  }
  value = BigInt.asUintN(bits, value);
  return { memory: order(value), result: extend(memop, bits, kind & Rmw.RETURN_NEW ? value : a) };
}

/** Compare-exchange at the access size: only that many low bits of `expected` and `value` count. */
export function compareExchange(memop: number, old: bigint, expected: bigint, value: bigint): AtomicResult {
  const bytes = memOpSize(memop);
  const bits = bytes * 8;
  const order = (x: bigint): bigint => (memop & MemOp.BSWAP ? swapBytes(bytes, x) : x);
  const a = order(old);
  const equal = a === BigInt.asUintN(bits, expected);
  return { memory: equal ? order(BigInt.asUintN(bits, value)) : old, result: extend(memop, bits, a) };
}
