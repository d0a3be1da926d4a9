/**
 * Makes walk-vectors.json: PAR_EL1 of every case, read on qemu-system-aarch64. Needs Debian's qemu-system-arm and
 * gcc-aarch64-linux-gnu. Run: node test/system/make-walk-vectors.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASES_BASE, encodeCases, makeWalkCases, POOL_BASE, WALK_SEEDS } from './walk-cases.ts';

const dir = mkdtempSync(join(tmpdir(), 'walk-'));
const here = import.meta.dirname;
const elf = join(dir, 'walk.elf');
execFileSync('aarch64-linux-gnu-gcc', ['-nostdlib', '-static', '-Wl,-Ttext=0x40200000', '-o', elf, join(here, 'at-walk.S')]);
const vectors: Record<string, string> = {};
for (const [model, spec] of Object.entries(WALK_SEEDS)) {
  const cases = makeWalkCases(spec.seed, spec.max, spec.configs, spec.perConfig);
  writeFileSync(join(dir, 'pool.bin'), cases.pool);
  writeFileSync(join(dir, 'cases.bin'), encodeCases(cases));
  const loader = (file: string, addr: number): string[] => ['-device', `loader,file=${join(dir, file)},addr=0x${addr.toString(16)},force-raw=on`];
  const text = execFileSync(
    'qemu-system-aarch64',
    [
      '-M', 'virt,virtualization=on', '-cpu', model, '-m', '512', '-nographic', '-kernel', elf,
      ...loader('pool.bin', POOL_BASE), ...loader('cases.bin', CASES_BASE),
    ],
    { timeout: 20_000, encoding: 'latin1', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const values = text.trim().split(/\s+/);
  const expected = spec.configs * spec.perConfig * (spec.max ? 6 : 4);
  if (values.length !== expected) throw new Error(`${model}: ${values.length} results, expected ${expected}`);
  vectors[model] = values.map((v) => BigInt(`0x${v}`).toString(36)).join(' ');
  const faults = values.filter((v) => (Number.parseInt(v.slice(-1), 16) & 1) !== 0).length;
  console.log(`${model}: ${values.length} results, ${faults} faults`);
}
writeFileSync(join(here, 'walk-vectors.json'), `${JSON.stringify(vectors, null, 1)}\n`);
