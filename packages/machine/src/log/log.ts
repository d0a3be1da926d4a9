import type { Heap } from '@mttcg/atomic';
import type { GuestArch, GuestCpu, TbKey, TranslateRequest } from '@mttcg/softmmu';
import { type Builder, type IrFunction, printFunction } from '@mttcg/tcg-ir';

/** Items of `-d`, with what each shows. */
export const LOG_ITEMS = {
  in_asm: 'guest code of each TB as it is translated',
  op: 'IR of each TB as the frontend made it',
  op_opt: 'IR after the optimiser',
  out_wasm: 'bytes of each generated WebAssembly module, in hexadecimal',
  int: 'exceptions and interrupts',
  exec: 'each TB before it runs (TBs are not chained then)',
  cpu: 'registers before each TB that runs',
  mmu: 'page-table walks and TLB fills',
  unimp: 'guest accesses to what is not implemented',
  guest_errors: 'what a correct guest does not do',
} as const;

export type LogItem = keyof typeof LOG_ITEMS;

/** A range of guest addresses, both ends included. */
export interface LogRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** `-d`, `-dfilter` in a form that travels to threads. */
export interface LogOptions {
  readonly items: readonly LogItem[];
  readonly ranges: readonly LogRange[];
}

/** Takes whole lines; one sink per thread. */
export type LogSink = (text: string) => void;

/** The log of one thread. */
export class MachineLog {
  readonly inAsm: boolean;
  readonly op: boolean;
  readonly opOpt: boolean;
  readonly outWasm: boolean;
  readonly exec: boolean;
  /** Something of a translation is wanted. */
  readonly code: boolean;
  readonly #cpu: boolean;
  readonly #enabled: ReadonlySet<string>;
  readonly #ranges: readonly LogRange[];
  readonly #sink: LogSink;

  constructor(options: LogOptions, sink: LogSink) {
    const on = new Set<string>(options.items);
    this.#enabled = on;
    this.inAsm = on.has('in_asm');
    this.op = on.has('op');
    this.opOpt = on.has('op_opt');
    this.outWasm = on.has('out_wasm');
    this.#cpu = on.has('cpu');
    this.exec = on.has('exec') || this.#cpu;
    this.code = this.inAsm || this.op;
    this.#ranges = options.ranges;
    this.#sink = sink;
  }

  enabled(item: string): boolean {
    return this.#enabled.has(item);
  }

  /** A line under a mask. */
  line(item: string, text: string): void {
    if (this.#enabled.has(item)) this.#sink(`${text}\n`);
  }

  /** A line that is always written. */
  always(text: string): void {
    this.#sink(`${text}\n`);
  }

  inRange(pcLo: number, pcHi: number): boolean {
    if (this.#ranges.length === 0) return true;
    const pc = (BigInt(pcHi >>> 0) << 32n) | BigInt(pcLo >>> 0);
    return this.#ranges.some((r) => pc >= r.first && pc <= r.last);
  }

  translated<C extends GuestCpu>(arch: GuestArch<Builder, C>, heap: Heap, fn: IrFunction, r: TranslateRequest): void {
    if (this.inAsm) {
      let text = `IN: ${hex64(r.pcHi, r.pcLo)} flags ${(r.flags >>> 0).toString(16)}\n`;
      for (let offset = 0; offset < r.size; ) {
        const lo = (r.pcLo + offset) >>> 0;
        const insn = arch.disassemble(heap, r.code + offset, lo, r.pcHi);
        const word = heap.u32[(r.code + offset) >>> 2]!;
        text += `0x${hex64(r.pcHi, lo)}:  ${word.toString(16).padStart(8, '0')}  ${insn.text}\n`;
        offset += insn.size;
      }
      this.#sink(`${text}\n`);
    }
    if (this.op) this.#sink(`OP:\n${printFunction(fn)}\n`);
  }

  optimised(fn: IrFunction, r: TranslateRequest): void {
    this.#sink(`OP after optimisation ${hex64(r.pcHi, r.pcLo)}:\n${printFunction(fn)}\n`);
  }

  wasm(firstTb: number, count: number, bytes: Uint8Array): void {
    let text = '';
    for (const b of bytes) text += b.toString(16).padStart(2, '0');
    this.#sink(`OUT: TBs ${firstTb}..${firstTb + count - 1}, ${bytes.length} bytes\n${text}\n`);
  }

  executes(cpu: GuestCpu, key: TbKey, tb: number): void {
    if (!this.inRange(key.pcLo, key.pcHi)) return;
    if (this.#cpu) this.#sink(cpu.dumpState());
    if (this.#enabled.has('exec')) this.#sink(`Trace ${tb} [${hex64(key.pcHi, key.pcLo)}/${(key.flags >>> 0).toString(16)}]\n`);
  }
}

function hex64(hi: number, lo: number): string {
  return (hi >>> 0).toString(16).padStart(8, '0') + (lo >>> 0).toString(16).padStart(8, '0');
}
