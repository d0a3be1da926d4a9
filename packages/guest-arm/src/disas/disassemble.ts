import type { Heap } from '@mttcg/atomic';
import { A64_DISASSEMBLERS } from '../decode/generated/a64-disas.ts';
import { a64Row } from '../decode/tree.ts';

/** Text of instruction word `w` at address `pc` as objdump prints it (mnemonic, tab, operands). */
export function disassembleWord(w: number, pc: bigint): string {
  const row = a64Row(w);
  const text = row < 0 ? undefined : A64_DISASSEMBLERS[row]!(w | 0, pc);
  return text ?? `.inst\t0x${(w >>> 0).toString(16).padStart(8, '0')} ; undefined`;
}

/** Text of the instruction at host address `code`, and its size in bytes. */
export function disassembleA64(heap: Heap, code: number, pcLo: number, pcHi: number): { text: string; size: number } {
  const pc = (BigInt(pcHi >>> 0) << 32n) | BigInt(pcLo >>> 0);
  return { text: disassembleWord(heap.i32[code >>> 2]!, pc), size: 4 };
}
