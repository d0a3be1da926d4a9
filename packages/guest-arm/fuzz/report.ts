import { disassembleWord } from '../src/disas/disassemble.ts';
import { type Case, CODE, makeState, type Outcome, Reg, STATE_WORDS, stateName } from './state.ts';

const hex = (v: number): string => (v >>> 0).toString(16).padStart(8, '0');

/** Disassembly of the case, both outcomes side by side with `*` at differences, and the IR. */
export function report(c: Case, ours: Outcome, theirs: Outcome, ir: string): string {
  const lines = [`seed ${c.seed}`];
  c.code.forEach((w, i) => lines.push(`  ${hex(CODE + 4 * i)}  ${hex(w)}  ${disassembleWord(w, BigInt(CODE + 4 * i))}`));
  lines.push(`${'register'.padEnd(10)}${'before'.padEnd(36)}${'ours'.padEnd(36)}qemu`);
  const before = makeState(c.seed);
  const value = (s: Int32Array, at: number, words: number): string => {
    let text = '';
    for (let i = words - 1; i >= 0; i--) text += hex(s[at + i]!);
    return text;
  };
  for (let i = 0; i < STATE_WORDS; i += i < Reg.V ? 2 : 4) {
    const n = i < Reg.V ? 2 : 4;
    const [b, o, t] = [value(before, i, n), value(ours.state, i, n), value(theirs.state, i, n)];
    const mark = o !== t ? '*' : ' ';
    if (i >= Reg.V && b === o && o === t) continue;
    lines.push(`${mark} ${stateName(i).padEnd(8)}${b.padEnd(36)}${o.padEnd(36)}${t}`);
  }
  lines.push(`signal ${ours.signal} at ${hex(ours.pc)}, qemu ${theirs.signal} at ${hex(theirs.pc)}`);
  const memory = (o: Outcome): string => {
    const parts: string[] = [];
    for (let i = 0; i < o.memory.length; i += 3) parts.push(`+${(o.memory[i]! * 8).toString(16)}=${hex(o.memory[i + 2]!)}${hex(o.memory[i + 1]!)}`);
    return parts.join(' ');
  };
  lines.push(`memory ${memory(ours)}`, `  qemu ${memory(theirs)}`, ir);
  return lines.join('\n');
}
