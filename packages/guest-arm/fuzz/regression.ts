import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, makeState, type Outcome, STATE_WORDS } from './state.ts';

const FOLDER = join(import.meta.dirname, 'regressions');

/** A case and its outcome as one line of text: seed, code, signal, pc, changed registers, changed memory. */
export function formatCase(c: Case, o: Outcome): string {
  const hex = (v: number): string => (v >>> 0).toString(16);
  const before = makeState(c.seed);
  const regs: string[] = [];
  for (let i = 0; i < STATE_WORDS; i++) if (o.state[i] !== before[i]) regs.push(`${i}=${hex(o.state[i]!)}`);
  const list = (items: string[]): string => (items.length === 0 ? '-' : items.join(','));
  return [c.seed, list([...c.code].map(hex)), o.signal, hex(o.pc), list(regs), list([...o.memory].map(hex))].join(' ');
}

export function parseCase(line: string): { c: Case; outcome: Outcome } {
  const [seed, code, signal, pc, regs, memory] = line.split(' ') as [string, string, string, string, string, string];
  const words = (text: string): Int32Array => Int32Array.from(text === '-' ? [] : text.split(','), (w) => parseInt(w, 16) | 0);
  const state = makeState(Number(seed));
  for (const reg of regs === '-' ? [] : regs.split(',')) {
    const [at, value] = reg.split('=') as [string, string];
    state[Number(at)] = parseInt(value, 16) | 0;
  }
  return {
    c: { seed: Number(seed), code: words(code) },
    outcome: { state, signal: Number(signal), pc: parseInt(pc, 16), memory: words(memory) },
  };
}

/** Writes a case, as run at slot 0, to a new file and returns its name. */
export function keepRegression(c: Case, o: Outcome): string {
  mkdirSync(FOLDER, { recursive: true });
  let n = 1;
  while (existsSync(join(FOLDER, `${String(n).padStart(3, '0')}.case`))) n++;
  const name = `${String(n).padStart(3, '0')}.case`;
  writeFileSync(join(FOLDER, name), `${formatCase(c, o)}\n`);
  return name;
}

/** All kept cases by file name. */
export function loadRegressions(): { name: string; c: Case; outcome: Outcome }[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).filter((f) => f.endsWith('.case')).sort()
    .map((name) => ({ name, ...parseCase(readFileSync(join(FOLDER, name), 'utf8').trimEnd()) }));
}
