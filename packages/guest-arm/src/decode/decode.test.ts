import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { disassembleWord } from '../disas/disassemble.ts';
import { Rng } from '../../fuzz/random.ts';
import { A64_ROWS } from './generated/a64-rows.ts';
import { a64Row } from './tree.ts';

describe('decode tables', () => {
  it('agree with the generated files', () => {
    const r = spawnSync(process.execPath, ['decode/generate.ts', '--check'], { encoding: 'utf8', cwd: `${import.meta.dirname}/../..` });
    expect(r.stderr).toBe('');
    expect(r.status).toBe(0);
  });

  it('give every row words of its own', () => {
    const rng = new Rng(1);
    const unreachable = A64_ROWS.filter((row, index) => {
      for (let i = 0; i < 2000; i++) if (a64Row((rng.next() & ~row.mask) | row.value) === index) return false;
      return true;
    });
    expect(unreachable.map((r) => r.name)).toEqual([]);
  });

  it('find by the tree what a search in order of precedence finds', () => {
    const rng = new Rng(2);
    for (let i = 0; i < 50_000; i++) {
      const w = rng.next();
      const want = A64_ROWS.findIndex((r) => ((w ^ r.value) & r.mask) === 0);
      if (a64Row(w) !== want) expect([w, a64Row(w)]).toEqual([w, want]);
    }
  });
});

describe('disassembler', () => {
  it('prints integer instructions as objdump does', () => {
    const lines = readFileSync(`${import.meta.dirname}/../../test/decode/objdump.vec`, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(4000);
    const wrong: string[] = [];
    for (const line of lines) {
      const [word, pc, ...rest] = line.split(' ');
      const want = rest.join(' ');
      const got = disassembleWord(parseInt(word!, 16), BigInt(pc!));
      if (want === '.inst' ? !got.startsWith('.inst') : got !== want) wrong.push(`${line} | ${got}`);
    }
    expect(wrong).toEqual([]);
  });
});
