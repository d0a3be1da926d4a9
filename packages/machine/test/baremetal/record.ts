/**
 * Records what programs of this folder print under qemu-system-aarch64, into vectors/. Run in this folder:
 *
 *     node record.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { RECORDED } from './recorded.ts';

mkdirSync('vectors', { recursive: true });
for (const { program, cpuModel } of RECORDED) {
  const text = execFileSync('qemu-system-aarch64', [
    '-M', 'virt', '-cpu', cpuModel, '-m', '128', '-nodefaults', '-display', 'none', '-serial', 'stdio', '-kernel', `programs/${program}.elf`,
  ], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 });
  writeFileSync(`vectors/${program}.${cpuModel}.txt`, text);
}
