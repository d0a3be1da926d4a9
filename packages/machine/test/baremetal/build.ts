/**
 * Assembles the programs of this folder. Needs aarch64-linux-gnu-gcc. The results are committed beside the sources.
 *
 *     node build.ts [program...]
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'programs');

export function build(program: string): void {
  execFileSync('aarch64-linux-gnu-gcc', [
    '-nostdlib', '-static', '-Wl,--no-warn-rwx-segments', '-Wl,-n', '-Wl,-z,max-page-size=4096', '-Wl,--build-id=none', '-Wl,-Ttext=0x40200000', '-Wl,-z,noexecstack', '-s', '-o', `${program}.elf`, `${program}.S`,
  ], { cwd: folder, stdio: 'inherit' });
}

if (import.meta.main) {
  const named = process.argv.slice(2);
  for (const file of named.length > 0 ? named : readdirSync(folder).filter((f) => f.endsWith('.S')).map((f) => f.slice(0, -2))) build(file);
}
