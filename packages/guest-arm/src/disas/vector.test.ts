import { describe, expect, it } from 'vitest';
import { readLines } from '../../test/oracle/read.ts';
import { disassembleWord } from './disassemble.ts';

describe('disassembler', () => {
  it('prints FP, AdvSIMD and crypto instructions as objdump does', () => {
    const lines = readLines('disas.vec');
    expect(lines.length).toBeGreaterThan(3000);
    const wrong: string[] = [];
    for (const line of lines) {
      const want = line.slice(9), got = disassembleWord(parseInt(line.slice(0, 8), 16), 0n);
      if (want === '.inst' ? !got.startsWith('.inst') : got !== want) wrong.push(`${line} | ${got}`);
    }
    expect(wrong).toEqual([]);
  });
});
