/**
 * Records what qemu-system-aarch64 answers to the sequences of sequence.ts, into vectors.json. Needs
 * aarch64-linux-gnu-gcc and qemu-system-aarch64. Run in this folder:
 *
 *     node record.ts
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { READ, SEQUENCES } from './sequence.ts';
import type { Access } from './sequence.ts';

const folder = mkdtempSync(join(tmpdir(), 'mttcg-record-'));
const file = (name: string): string => join(folder, name);
execFileSync('aarch64-linux-gnu-gcc', ['-nostdlib', '-static', '-Wl,-Ttext=0x40080000', '-o', file('run.elf'), 'accesses.S']);

async function record(accesses: readonly Access[]): Promise<number[]> {
  const list = new DataView(new ArrayBuffer((accesses.length + 1) * 16));
  accesses.forEach((access, i) => access.forEach((word, j) => list.setUint32(i * 16 + j * 4, word, true)));
  writeFileSync(file('list'), new Uint8Array(list.buffer));
  const qemu = spawn('qemu-system-aarch64', [
    '-M', 'virt', '-cpu', 'cortex-a57', '-smp', '2', '-m', '512', '-nodefaults', '-display', 'none', '-serial', 'null', '-monitor', 'stdio',
    '-global', 'virtio-mmio.force-legacy=false', '-device', 'virtio-rng-device',
    '-kernel', file('run.elf'), '-device', `loader,file=${file('list')},addr=0x41000000,force-raw=on`,
  ], { stdio: ['pipe', 'ignore', 'inherit'] });
  const exited = new Promise((resolve) => qemu.on('exit', resolve));
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    qemu.stdin.write(`pmemsave 0x42000000 ${accesses.length * 4} "${file('answers')}"\npmemsave 0x43000000 4 "${file('done')}"\n`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (existsSync(file('done')) && readFileSync(file('done'))[0] === 1) break;
  }
  qemu.stdin.write('quit\n');
  await exited;
  if (readFileSync(file('done'))[0] !== 1) throw new Error('the program did not come to its end');
  const answers = readFileSync(file('answers'));
  return accesses.flatMap(([kind], i) => (kind === READ ? [answers.readUInt32LE(i * 4)] : []));
}

const lines: string[] = [];
for (const [name, make] of Object.entries(SEQUENCES)) lines.push(`  ${JSON.stringify(name)}: ${JSON.stringify(await record(make()))}`);
writeFileSync('vectors.json', `{\n${lines.join(',\n')}\n}\n`);
rmSync(folder, { recursive: true });
