import { Op, type OpName } from '../op/codes.ts';

/** One host load or store: bytes accessed, whether a load sign-extends. */
export interface HostAccess {
  readonly bytes: number;
  readonly signed: boolean;
  readonly store: boolean;
}

type HostOp = Extract<OpName, `ld${string}` | `st${string}`>;

const ld = (bytes: number, signed = false): HostAccess => ({ bytes, signed, store: false });
const st = (bytes: number): HostAccess => ({ bytes, signed: false, store: true });

const BY_NAME: Record<HostOp, HostAccess> = {
  ld8u_i32: ld(1),
  ld8s_i32: ld(1, true),
  ld16u_i32: ld(2),
  ld16s_i32: ld(2, true),
  ld_i32: ld(4),
  ld8u_i64: ld(1),
  ld8s_i64: ld(1, true),
  ld16u_i64: ld(2),
  ld16s_i64: ld(2, true),
  ld32u_i64: ld(4),
  ld32s_i64: ld(4, true),
  ld_i64: ld(8),
  ld_v128: ld(16),
  st8_i32: st(1),
  st16_i32: st(2),
  st_i32: st(4),
  st8_i64: st(1),
  st16_i64: st(2),
  st32_i64: st(4),
  st_i64: st(8),
  st_v128: st(16),
};

/** By opcode; undefined for other ops. */
export const HOST_ACCESS: readonly (HostAccess | undefined)[] = (() => {
  const table: (HostAccess | undefined)[] = [];
  for (const [name, access] of Object.entries(BY_NAME)) table[Op[name as OpName]] = access;
  return table;
})();
