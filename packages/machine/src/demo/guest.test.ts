import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NodeControlPlatform } from '../host/node.ts';
import { createMachine, type MachineEnd, type MachineOptions } from '../machine.ts';
import { demoGuest } from './guest.ts';

const ROUNDS = 1000;
const LIMIT = 10_000;
/** Primes below 10,000: a well-known number. */
const PRIMES = 1229;
const guest = demoGuest({ rounds: ROUNDS, primesBelow: LIMIT });

/** What the guest prints, whatever the order of its CPUs: its lines, sorted, and the last one. */
function expected(cpus: number): { lines: number; last: string } {
  return { lines: 2 + 2 * cpus, last: `${cpus} CPUs: counted to ${cpus * ROUNDS} of ${cpus * ROUNDS} under the lock, ${PRIMES} primes below ${LIMIT}: all right` };
}

/** Checks a whole output; returns what each CPU found. */
function check(output: string, cpus: number): number[] {
  const lines = output.trimEnd().split('\n').map((line) => line.trimEnd());
  const { lines: count, last } = expected(cpus);
  expect(lines[0]).toBe('mttcg demo: a bare-metal guest on the board virt');
  expect(lines.at(-1)).toBe(last);
  expect(lines).toHaveLength(count);
  return Array.from({ length: cpus }, (_, cpu) => {
    expect(lines).toContain(`cpu ${cpu} is up`);
    const found = lines.map((line) => new RegExp(`^cpu ${cpu} found (\\d+) primes in its share below ${LIMIT}$`).exec(line)).find((m) => m !== null);
    return Number(found?.[1]);
  });
}

async function run(options: Omit<MachineOptions, 'kernel'>): Promise<{ output: string; end: MachineEnd }> {
  const machine = await createMachine({ ...options, kernel: guest }, new NodeControlPlatform());
  let output = '';
  machine.onOutput((bytes) => (output += Buffer.from(bytes).toString('latin1')));
  machine.start();
  return { end: await machine.ended, output };
}

describe('the demo guest', () => {
  const qemu = 'qemu-system-aarch64';
  const missing = spawnSync(qemu, ['--version']).error !== undefined;
  it.skipIf(missing)(`does on ${qemu} what it does here${missing ? ' (skipped: it is not installed)' : ''}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mttcg-demo-'));
    try {
      const file = join(directory, 'demo.elf');
      writeFileSync(file, guest);
      const { stdout, status } = spawnSync(qemu, ['-M', 'virt', '-cpu', 'cortex-a57', '-smp', '3', '-nographic', '-nic', 'none', '-kernel', file], { encoding: 'utf8', timeout: 60_000, input: '' });
      expect(status).toBe(0);
      const there = check(stdout, 3);
      expect(there.reduce((a, b) => a + b)).toBe(PRIMES);
      const { output, end } = await run({ cpus: 3 });
      expect(end).toEqual({ reason: 'poweroff' });
      expect(check(output, 3)).toEqual(there);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each<[string, Omit<MachineOptions, 'kernel'>, number]>([
    ['1 CPU', { cpus: 1 }, 1],
    ['8 CPUs', { cpus: 8 }, 8],
    ['2 CPUs in turn on one thread', { cpus: 2, thread: 'single' }, 2],
    ['2 CPUs, -cpu max', { cpus: 2, cpuModel: 'max' }, 2],
  ])('runs on %s', async (_, options, cpus) => {
    const { output, end } = await run(options);
    expect(end).toEqual({ reason: 'poweroff' });
    expect(check(output, cpus).reduce((a, b) => a + b)).toBe(PRIMES);
  });
});
