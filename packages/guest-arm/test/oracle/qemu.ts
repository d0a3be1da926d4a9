import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeInput, STATE_BYTES } from './inputs.ts';

/** Builds runner.c into a temporary directory; null when the cross compiler or qemu-aarch64 is missing. */
export function buildRunner(): string | null {
  if (!existsSync('/usr/bin/qemu-aarch64') || !existsSync('/usr/bin/aarch64-linux-gnu-gcc')) return null;
  const exe = join(mkdtempSync(join(tmpdir(), 'mttcg-oracle-')), 'runner');
  const src = new URL('./runner.c', import.meta.url).pathname;
  const r = spawnSync('aarch64-linux-gnu-gcc', ['-O1', '-static', '-o', exe, src], { encoding: 'utf8' });
  if (r.status !== 0) throw new Error(r.stderr);
  return exe;
}

/** Runs cases (instruction, seed pairs) and returns the outcomes, 432 bytes each. */
export function runCases(exe: string, cases: Int32Array): Int32Array {
  const n = cases.length / 2;
  const input = new Int32Array((n * STATE_BYTES) / 4);
  for (let i = 0; i < n; i++) {
    makeInput(input.subarray((i * STATE_BYTES) / 4, ((i + 1) * STATE_BYTES) / 4), cases[2 * i]!, cases[2 * i + 1]!);
  }
  const r = spawnSync('qemu-aarch64', ['-cpu', 'max', exe], {
    input: Buffer.from(input.buffer), maxBuffer: input.byteLength + 65536,
  });
  if (r.status !== 0) throw new Error(`runner: status ${r.status} ${r.signal} ${r.stderr}`);
  const out = r.stdout;
  if (out.length !== input.byteLength) throw new Error(`runner: ${out.length} bytes of ${input.byteLength}`);
  return new Int32Array(out.buffer.slice(out.byteOffset, out.byteOffset + out.length));
}
