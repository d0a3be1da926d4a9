import { Op } from '../op/codes.ts';
import type { Temp } from '../ir/function.ts';
import { IntegerBuilder } from './integer.ts';

/** Host and guest memory ops. A guest store takes the value first, then the address. */
export class MemoryBuilder extends IntegerBuilder {
  // Host loads and stores: base (host address) + offset; for env state that is not a global

  ld8uI32(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld8u_i32, d, base, offset); }
  ld8sI32(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld8s_i32, d, base, offset); }
  ld16uI32(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld16u_i32, d, base, offset); }
  ld16sI32(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld16s_i32, d, base, offset); }
  ldI32(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld_i32, d, base, offset); }
  ld8uI64(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld8u_i64, d, base, offset); }
  ld8sI64(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld8s_i64, d, base, offset); }
  ld16uI64(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld16u_i64, d, base, offset); }
  ld16sI64(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld16s_i64, d, base, offset); }
  ld32uI64(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld32u_i64, d, base, offset); }
  ld32sI64(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld32s_i64, d, base, offset); }
  ldI64(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld_i64, d, base, offset); }
  ldV128(d: Temp, base: Temp, offset: number): void { this.emit3(Op.ld_v128, d, base, offset); }
  st8I32(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st8_i32, value, base, offset); }
  st16I32(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st16_i32, value, base, offset); }
  stI32(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st_i32, value, base, offset); }
  st8I64(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st8_i64, value, base, offset); }
  st16I64(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st16_i64, value, base, offset); }
  st32I64(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st32_i64, value, base, offset); }
  stI64(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st_i64, value, base, offset); }
  stV128(value: Temp, base: Temp, offset: number): void { this.emit3(Op.st_v128, value, base, offset); }

  // Guest memory (address is i64; imm is a MemOp)

  guestLdI32(d: Temp, addr: Temp, memop: number): void { this.emit3(Op.guest_ld_i32, d, addr, memop); }
  guestLdI64(d: Temp, addr: Temp, memop: number): void { this.emit3(Op.guest_ld_i64, d, addr, memop); }
  guestLdV128(d: Temp, addr: Temp, memop: number): void { this.emit3(Op.guest_ld_v128, d, addr, memop); }
  /** value, address. */
  guestStI32(value: Temp, addr: Temp, memop: number): void { this.emit3(Op.guest_st_i32, value, addr, memop); }
  /** value, address. */
  guestStI64(value: Temp, addr: Temp, memop: number): void { this.emit3(Op.guest_st_i64, value, addr, memop); }
  /** value, address. */
  guestStV128(value: Temp, addr: Temp, memop: number): void { this.emit3(Op.guest_st_v128, value, addr, memop); }
  /** atomic read-modify-write: address, value; imm MemOp, Rmw kind. */
  guestRmwI32(d: Temp, addr: Temp, value: Temp, memop: number, kind: number): void { this.emit5(Op.guest_rmw_i32, d, addr, value, memop, kind); }
  /** atomic read-modify-write: address, value; imm MemOp, Rmw kind. */
  guestRmwI64(d: Temp, addr: Temp, value: Temp, memop: number, kind: number): void { this.emit5(Op.guest_rmw_i64, d, addr, value, memop, kind); }
  /** atomic compare and exchange: address, expected, new; yields the old value. */
  guestCmpxchgI32(d: Temp, addr: Temp, expected: Temp, value: Temp, memop: number): void { this.emit5(Op.guest_cmpxchg_i32, d, addr, expected, value, memop); }
  /** atomic compare and exchange: address, expected, new; yields the old value. */
  guestCmpxchgI64(d: Temp, addr: Temp, expected: Temp, value: Temp, memop: number): void { this.emit5(Op.guest_cmpxchg_i64, d, addr, expected, value, memop); }
}
