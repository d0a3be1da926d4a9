import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Case, makeState, MAX_WORDS, type Outcome, STATE_WORDS } from './state.ts';

const CASE_BYTES = 816 + 4 * MAX_WORDS;
/** Cases of one batch: they lie at CODE + 256 * index. */
export const BATCH = 255;

/** Builds harness.c into a temporary directory; undefined when the cross compiler or qemu-aarch64 is missing. */
export function buildHarness(): string | undefined {
  if (!existsSync('/usr/bin/qemu-aarch64') || !existsSync('/usr/bin/aarch64-linux-gnu-gcc')) return undefined;
  const exe = join(mkdtempSync(join(tmpdir(), 'mttcg-fuzz-')), 'harness');
  const source = join(import.meta.dirname, 'harness.c');
  const r = spawnSync(
    'aarch64-linux-gnu-gcc',
    ['-O2', '-static', '-fno-pie', '-no-pie', '-nostdlib', '-ffreestanding', '-fno-stack-protector', '-fno-tree-loop-distribute-patterns', '-o', exe, source],
    { encoding: 'utf8' },
  );
  if (r.status !== 0) throw new Error(r.stderr);
  return exe;
}

/** Runs the cases (case i at slot i modulo `batch`) under qemu-aarch64 with that `-cpu`. */
export function runOracle(exe: string, cases: readonly Case[], batch = BATCH, cpu = 'max,pauth=off'): Outcome[] {
  const batches = Math.ceil(cases.length / batch);
  const input = new Uint8Array(4 * batches + CASE_BYTES * cases.length);
  const view = new DataView(input.buffer);
  let at = 0;
  cases.forEach((c, i) => {
    if (i % batch === 0) {
      view.setUint32(at, Math.min(batch, cases.length - i), true);
      at += 4;
    }
    input.set(new Uint8Array(makeState(c.seed).buffer), at);
    view.setUint32(at + 800, c.code.length, true);
    input.set(new Uint8Array(c.code.buffer, c.code.byteOffset, c.code.byteLength), at + 816);
    at += CASE_BYTES;
  });
  const r = spawnSync('qemu-aarch64', ['-cpu', cpu, exe], { input, maxBuffer: 1 << 30 });
  if (r.status !== 0) throw new Error(`harness: status ${r.status} ${r.signal} ${r.stderr}`);
  return parseOutcomes(r.stdout, cases.length);
}

function parseOutcomes(bytes: Buffer, count: number): Outcome[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Outcome[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const state = new Int32Array(STATE_WORDS);
    for (let k = 0; k < STATE_WORDS; k++) state[k] = view.getInt32(at + 4 * k, true);
    const changed = view.getUint32(at + 800, true);
    const signal = view.getUint32(at + 804, true);
    const pc = view.getUint32(at + 808, true);
    at += 816;
    const memory = new Int32Array(3 * changed);
    for (let k = 0; k < changed; k++, at += 16) {
      memory[3 * k] = view.getUint32(at, true) / 8;
      memory[3 * k + 1] = view.getInt32(at + 8, true);
      memory[3 * k + 2] = view.getInt32(at + 12, true);
    }
    out.push({ state, signal, pc, memory });
  }
  if (at !== bytes.length) throw new Error(`harness: ${bytes.length - at} bytes too many`);
  return out;
}
