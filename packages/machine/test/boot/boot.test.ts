import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeControlPlatform } from '../../src/host/node.ts';
import { createMachine, type Machine, type MachineOptions } from '../../src/machine.ts';
import { guestImage, READY_MARKER } from './image.ts';
import { GuestShell } from './shell.ts';

const image = await guestImage();
const missing = 'reason' in image ? image.reason : undefined;

let machine: Machine | undefined;
afterEach(async () => {
  machine?.quit();
  await machine?.ended;
  machine = undefined;
});

async function boot(options: Partial<MachineOptions>): Promise<GuestShell> {
  if ('reason' in image) throw new Error(image.reason);
  machine = await createMachine({ ramBytes: 512 << 20, kernel: image.kernel, initrd: image.initrd, append: image.append, ...options }, new NodeControlPlatform());
  const shell = new GuestShell(machine);
  machine.start();
  await shell.expect(new RegExp(`${READY_MARKER} ${options.cpus ?? 1} CPUs`), 'sign of life from /init');
  await shell.prompt();
  return shell;
}

/** Interrupts of each CPU so far, by the name at the end of the row. */
async function interrupts(shell: GuestShell, name: string, cpus: number): Promise<number[]> {
  const { output } = await shell.run('cat /proc/interrupts');
  const row = output.split('\n').find((line) => line.includes(name));
  expect(row, output).toBeDefined();
  return row!.trim().split(/\s+/).slice(1, 1 + cpus).map(Number);
}

async function tryOut(shell: GuestShell, cpus: number): Promise<void> {
  expect(await shell.run('nproc')).toEqual({ output: `${cpus}`, status: 0 });
  expect((await shell.run('uname -m')).output).toBe('aarch64');

  expect((await shell.run(`printf 'pear\\nfig\\napple\\nfig\\n' | sort | uniq -c | sort -rn | head -n1 | awk '{ print $2 $1 }'`)).output).toBe('fig2');

  const stream = Array.from({ length: 30_000 }, (_, i) => `${i + 1}\n`).join('');
  const sum = createHash('md5').update(stream).digest('hex');
  expect((await shell.run('seq 1 30000 | dd bs=4k 2>/dev/null | md5sum')).output).toBe(`${sum}  -`);

  // a process per turn, on all CPUs at a time; every file must be there in the end
  const loop = `for c in ${Array.from({ length: cpus }, (_, c) => c).join(' ')}; do (i=0; while [ $i -lt 25 ]; do /bin/busybox touch /tmp/f$c.$i; i=$((i+1)); done) & done; wait; ls /tmp | grep -c ^f`;
  expect((await shell.run(loop)).output).toMatch(new RegExp(`^${cpus * 25}$`, 'm'));

  for (const count of await interrupts(shell, 'arch_timer', cpus)) expect(count).toBeGreaterThan(0);
  if (cpus > 1) for (const count of await interrupts(shell, 'Rescheduling interrupts', cpus)) expect(count).toBeGreaterThan(0);
  expect((await shell.run('dmesg | grep -E "BUG|Oops|Unable to handle|rcu.*stall|Call trace"')).output).toBe('');
  expect((await shell.run('false')).status).toBe(1);
}

async function powerOff(shell: GuestShell): Promise<void> {
  shell.type('poweroff\n');
  expect(await machine!.ended).toEqual({ reason: 'poweroff' });
}

describe.skipIf(missing !== undefined)(`Debian's arm64 kernel${missing === undefined ? '' : ` (skipped, no image: ${missing})`}`, { timeout: 600_000 }, () => {
  it.each<[name: string, options: Partial<MachineOptions>]>([
    ['-smp 1', { cpus: 1 }],
    ['-smp 4', { cpus: 4 }],
    ['-smp 2 -accel tcg,thread=single', { cpus: 2, thread: 'single' }],
    ['-smp 2 -cpu max', { cpus: 2, cpuModel: 'max' }],
  ])('boots and works with %s', async (_name, options) => {
    const shell = await boot(options);
    await tryOut(shell, options.cpus!);
    await powerOff(shell);
  });
});

if (missing !== undefined) console.warn(`Boot tests are skipped: ${missing}`);
