import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { HelperFlag, Type } from '../ir/helper.ts';
import { memOpSize } from '../ir/memop.ts';
import { Op } from '../op/codes.ts';
import { OP_DEFS, OP_NIMMS, OP_NINS, OP_NOUTS, OpFlag } from '../op/table.ts';
import { JUMP_CACHE_ENTRY_SIZE, TbExit, tbExitWord, type WasmTarget, jumpCacheHash } from '../wasm/target.ts';
import { compareExchange, readModifyWrite } from './atomic.ts';
import { condHolds } from './integer.ts';
import { HOST_ACCESS } from './host-access.ts';
import { PURE_OPS } from './pure.ts';

/**
 * Guest memory as the slow paths of generated code see it: the address comes as two i32. `load` leaves the value at
 * env + scratch (8 bytes extended as the MemOp says, or 16), `store` finds it there; both return nonzero for a
 * fault. `atomic` returns the host address of the accessed bytes, 0 for a fault.
 */
export interface GuestMemory {
  load(addrLo: number, addrHi: number, memop: number): number;
  store(addrLo: number, addrHi: number, memop: number): number;
  atomic(addrLo: number, addrHi: number, memop: number): number;
}

/**
 * A helper as generated code calls it. Kind `js`: i64 arguments as two i32 each, an i64 result at env + scratch.
 * Kind `wasm`: i64 as BigInt; v128 cannot cross into JavaScript and is refused.
 */
export type HelperFunction = (...args: never[]) => number | bigint | void;

export interface InterpreterOptions {
  readonly target: WasmTarget;
  /** The memory that env lies in; a WebAssembly.Memory will do. */
  readonly memory: { readonly buffer: ArrayBufferLike };
  readonly guest: GuestMemory;
  readonly helpers?: Readonly<Record<string, HelperFunction>>;
  /** Ops after which `run` throws: a guard against endless loops in tests. */
  readonly maxOps?: number;
}

/** What of its TB the code knows (the unit that the backend compiles). */
export interface TbIdentity {
  readonly tb: number;
  readonly flags: number;
  /** Host address of jump slot 0; slot 1 follows at +4. */
  readonly slotAddr: number;
}

const WIDTH = [32, 64, 128];

/**
 * The reference interpreter: what the ops mean, one after the other, with nothing cached. Globals are read from and
 * written to env memory at every use. It is the oracle of the optimiser and of the WebAssembly backend, never a speed
 * tier: values are BigInts.
 */
export class Interpreter {
  readonly #options: InterpreterOptions;
  #fn!: IrFunction;
  #env = 0;
  #view!: DataView;
  #locals: bigint[] = [];

  constructor(options: InterpreterOptions) {
    this.#options = options;
  }

  /**
   * Runs `fn` with CPU state at host address `env` and returns what its compiled code would: a TB index (> 0), 0, or
   * an exit word. Throws on what the verifier forbids, and after `maxOps` ops.
   */
  run(fn: IrFunction, env: number, unit: TbIdentity): number {
    const { target } = this.#options;
    this.#fn = fn;
    this.#env = env;
    this.#view = new DataView(this.#options.memory.buffer);
    this.#locals = [];
    const labels = this.#findLabels();
    const fault = (i: number): number => {
      while (fn.ops[i] !== Op.insn_start) if (--i < 0) throw new Error('a fault before the first insn_start');
      const arg = (k: number): bigint => BigInt(fn.args[i * STRIDE + k]! >>> 0);
      const base = fn.pcBase === NO_TEMP ? 0n : this.read(fn.pcBase);
      this.#writeHost(env + target.env.pc, 8, base + ((arg(1) << 32n) | arg(0)));
      this.#writeHost(env + target.env.insnWord, 4, arg(2));
      return tbExitWord(unit.tb, TbExit.EXCEPTION);
    };
    let budget = this.#options.maxOps ?? Infinity;
    for (let i = 0; i < fn.nOps; i++) {
      if (--budget < 0) throw new Error('the interpreter ran out of its budget of ops');
      const op = fn.ops[i]!;
      const arg = (k: number): number => fn.args[i * STRIDE + k]!;
      const jump = (label: number): void => {
        const at = labels[label];
        if (at === undefined) throw new Error(`op ${i}: label L${label} is not set`);
        i = at;
      };
      switch (op) {
        case Op.nop:
        case Op.set_label:
        case Op.discard:
        case Op.mb:
        case Op.insn_start:
          break;
        case Op.br:
          jump(arg(0));
          break;
        case Op.brcond_i32:
        case Op.brcond_i64:
          if (condHolds(arg(2), op === Op.brcond_i32 ? 32 : 64, this.read(arg(0)), this.read(arg(1)))) jump(arg(3));
          break;
        case Op.call:
          if (this.#call(i)) return fault(i);
          break;
        case Op.goto_tb:
          return this.#view.getInt32(unit.slotAddr + 4 * arg(0), true) || tbExitWord(unit.tb, TbExit.SLOT_0 + arg(0));
        case Op.goto_ptr:
          return this.#lookUpJumpCache(unit.flags);
        case Op.exit_tb:
          return tbExitWord(unit.tb, arg(0));
        default: {
          const host = HOST_ACCESS[op];
          const pure = PURE_OPS[op];
          if (host?.store) {
            this.#writeHost(Number(this.read(arg(1))) + arg(2), host.bytes, this.read(arg(0)));
          } else if (host) {
            const value = this.#readHost(Number(this.read(arg(1))) + arg(2), host.bytes);
            this.write(arg(0), host.signed ? BigInt.asIntN(host.bytes * 8, value) : value);
          } else if (pure) {
            const ins: bigint[] = [];
            const imms: number[] = [];
            let at = OP_NOUTS[op]!;
            for (let k = 0; k < OP_NINS[op]!; k++) ins.push(this.read(arg(at++)));
            for (let k = 0; k < OP_NIMMS[op]!; k++) imms.push(arg(at++));
            pure(ins, imms).forEach((value, k) => this.write(arg(k), value));
          } else if (OP_DEFS[op]!.flags & OpFlag.FAULT) {
            if (this.#guestAccess(i)) return fault(i);
          } else {
            throw new Error(`op ${i}: the interpreter does not know ${fn.opName(i)}`);
          }
        }
      }
    }
    throw new Error('control fell off the end of the function');
  }

  /** Value of a temp, unsigned. */
  read(t: number): bigint {
    const fn = this.#fn;
    const type = fn.tempType[t]!;
    switch (fn.tempKind[t]) {
      case TempKind.ENV:
        return BigInt(this.#env);
      case TempKind.GLOBAL:
        return this.#readHost(this.#env + fn.globals[t - 1]!.offset, WIDTH[type]! / 8);
      case TempKind.CONST: {
        const w = (x: number, at: bigint): bigint => BigInt(x >>> 0) << at;
        let value = w(fn.constLo[t]!, 0n);
        if (type !== Type.I32) value |= w(fn.constHi[t]!, 32n);
        if (type === Type.V128) value |= w(fn.constW2[t]!, 64n) | w(fn.constW3[t]!, 96n);
        return value;
      }
      default: {
        const value = this.#locals[t];
        if (value === undefined) throw new Error(`temp ${t} is read before it is written`);
        return value;
      }
    }
  }

  /** Writes a temp; the value is cut to its type. */
  write(t: number, value: bigint): void {
    const fn = this.#fn;
    const bits = WIDTH[fn.tempType[t]!]!;
    value = BigInt.asUintN(bits, value);
    switch (fn.tempKind[t]) {
      case TempKind.GLOBAL:
        this.#writeHost(this.#env + fn.globals[t - 1]!.offset, bits / 8, value);
        break;
      case TempKind.LOCAL:
        this.#locals[t] = value;
        break;
      default:
        throw new Error(`temp ${t} cannot be written`);
    }
  }

  #findLabels(): number[] {
    const at: number[] = [];
    for (let i = 0; i < this.#fn.nOps; i++) {
      if (this.#fn.ops[i] === Op.set_label) at[this.#fn.args[i * STRIDE]!] = i;
    }
    return at;
  }

  #readHost(addr: number, bytes: number): bigint {
    let value = 0n;
    for (let k = bytes - 1; k >= 0; k--) value = (value << 8n) | BigInt(this.#view.getUint8(addr + k));
    return value;
  }

  #writeHost(addr: number, bytes: number, value: bigint): void {
    for (let k = 0; k < bytes; k++) this.#view.setUint8(addr + k, Number((value >> BigInt(8 * k)) & 0xffn));
  }

  /** Runs call op `i`; true when the helper reported a fault. */
  #call(i: number): boolean {
    const { helpers, target } = this.#options;
    const args = this.#fn.args.subarray(i * STRIDE, (i + 1) * STRIDE);
    const def = this.#fn.helpers[args[0]!]!;
    const helper = helpers?.[def.name] as ((...args: (number | bigint)[]) => number | bigint | void) | undefined;
    if (!helper) throw new Error(`op ${i}: helper ${def.name} is not given`);
    const js = def.kind === 'js';
    const values: (number | bigint)[] = [];
    for (let k = 0; k < def.params.length; k++) {
      const value = this.read(args[2 + k]!);
      if (def.params[k] === 'v') throw new Error(`helper ${def.name}: no v128 in the interpreter`);
      if (def.params[k] === 'i') values.push(Number(value) | 0);
      else if (!js) values.push(BigInt.asIntN(64, value));
      else values.push(Number(value & 0xffff_ffffn) | 0, Number(value >> 32n) | 0);
    }
    const result = helper(...values);
    if (def.flags & HelperFlag.CAN_FAULT) return Number(result) !== 0;
    if (def.ret === '' || args[1] === NO_TEMP) return false;
    const value = js && def.ret === 'l' ? this.#readHost(this.#env + target.env.scratch, 8) : BigInt(result ?? 0);
    this.write(args[1]!, value);
    return false;
  }

  /** Runs the guest memory op `i`; true for a fault. */
  #guestAccess(i: number): boolean {
    const { guest, target } = this.#options;
    const fn = this.#fn;
    const op = fn.ops[i]!;
    const arg = (k: number): number => fn.args[i * STRIDE + k]!;
    const scratch = this.#env + target.env.scratch;
    const lo = (t: number): number => Number(this.read(t) & 0xffff_ffffn) | 0;
    const hi = (t: number): number => Number(this.read(t) >> 32n) | 0;
    switch (op) {
      case Op.guest_ld_i32:
      case Op.guest_ld_i64:
      case Op.guest_ld_v128:
        if (guest.load(lo(arg(1)), hi(arg(1)), arg(2)) !== 0) return true;
        this.write(arg(0), this.#readHost(scratch, op === Op.guest_ld_v128 ? 16 : 8));
        return false;
      case Op.guest_st_i32:
      case Op.guest_st_i64:
      case Op.guest_st_v128:
        this.#writeHost(scratch, 16, this.read(arg(0)));
        return guest.store(lo(arg(1)), hi(arg(1)), arg(2)) !== 0;
    }
    // Atomics: address first after the result; the last operands are the MemOp and, for rmw, the kind.
    const cmpxchg = op === Op.guest_cmpxchg_i32 || op === Op.guest_cmpxchg_i64;
    const memop = arg(cmpxchg ? 4 : 3);
    const host = guest.atomic(lo(arg(1)), hi(arg(1)), memop) >>> 0;
    if (host === 0) return true;
    const bytes = memOpSize(memop);
    const old = this.#readHost(host, bytes);
    const r = cmpxchg
      ? compareExchange(memop, old, this.read(arg(2)), this.read(arg(3)))
      : readModifyWrite(memop, arg(4), old, this.read(arg(2)));
    this.#writeHost(host, bytes, r.memory);
    this.write(arg(0), r.result);
    return false;
  }

  #lookUpJumpCache(flags: number): number {
    const { target } = this.#options;
    const view = this.#view;
    const pc = this.#readHost(this.#env + target.env.pc, 8);
    const cache = view.getUint32(this.#env + target.env.jumpCache, true);
    const entry = cache + jumpCacheHash(Number(pc & 0xffff_ffffn), target.insnAlignBits) * JUMP_CACHE_ENTRY_SIZE;
    const { jumpCacheEntry } = target;
    const hit = this.#readHost(entry + jumpCacheEntry.pc, 8) === pc &&
      view.getInt32(entry + jumpCacheEntry.flags, true) === (flags | 0);
    return hit ? view.getInt32(entry + jumpCacheEntry.tb, true) : 0;
  }
}
