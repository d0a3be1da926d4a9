import { Op } from '../op/codes.ts';
import { OP_NAMES } from '../op/table.ts';

/** Bytes that a host load reads or a host store writes, by opcode; 0 for other ops. Taken from the op's name. */
function bytesOf(prefix: 'ld' | 'st'): Uint8Array {
  return Uint8Array.from(OP_NAMES, (name) => {
    const m = /^(ld|st)(\d*)[su]?_[iv](\d+)$/.exec(name);
    if (!m || m[1] !== prefix) return 0;
    return Number(m[2] || m[3]) / 8;
  });
}
const LOADED = bytesOf('ld');
const STORED = bytesOf('st');

export function loadedBytes(op: number): number {
  return LOADED[op]!;
}

export function storedBytes(op: number): number {
  return STORED[op]!;
}

/** The load that yields exactly what this store stored; nop if there is none. */
export function loadedOp(store: number): number {
  switch (store) {
    case Op.st_i32: return Op.ld_i32;
    case Op.st_i64: return Op.ld_i64;
    case Op.st_v128: return Op.ld_v128;
    default: return Op.nop;
  }
}
