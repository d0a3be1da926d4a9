import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseFdt } from './fdt/index.ts';
import { lockByFile } from './host/node-image.ts';
import { NodeControlPlatform } from './host/node.ts';
import { createMachine } from './machine.ts';
import { buildDtb, ConfigError, type MachineOptions } from './options.ts';
import { POWEROFF } from './testing/guest-image.ts';
import type { DriveConfig } from './thread/config.ts';

const dir = mkdtempSync(join(tmpdir(), 'mttcg-drives-'));
afterAll(() => rmSync(dir, { recursive: true }));

const SIZE = 8192;
const file = (name: string, bytes = SIZE): string => {
  const path = join(dir, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
};
const drive = (path: string, readonly = false, bytes = SIZE): DriveConfig => ({ path, readonly, bytes });
const make = async (options: Partial<MachineOptions>): Promise<void> => {
  const machine = await createMachine({ ramBytes: 16 << 20, ...options, kernel: POWEROFF }, new NodeControlPlatform());
  machine.quit();
  await machine.ended;
};
/** The message of the ConfigError that comes, or 'fine'. */
const refusal = async (options: Partial<MachineOptions>): Promise<string> => make(options).then(() => 'fine', (error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  expect(error.message.split('\n').length).toBe(1);
  return error.message;
});

describe('what no machine can be made of is told in one sentence:', () => {
  it.each<[Partial<MachineOptions>, string]>([
    [{ cpus: 0 }, '-smp: 0 CPUs asked for; the board has 1 to 8'],
    [{ cpus: 99 }, '-smp: 99 CPUs asked for; the board has 1 to 8'],
    [{ ramBytes: 0 }, '-m: 0 MiB asked for; the board takes whole MiB from 1 to 3584'],
    [{ ramBytes: 64 * 2 ** 30 }, '-m: 65536 MiB asked for; the board takes whole MiB from 1 to 3584'],
    [{ cpuModel: 'z80' }, '-cpu: there is no CPU "z80"; there are '],
    [{ drives: Array.from({ length: 31 }, () => drive('x')), rng: true, console: true }, '-drive: the board has slots for 32 virtio devices; 33 were asked for'],
  ])('%o', async (options, message) => {
    expect(await refusal(options)).toContain(message);
  });

  it('RAM that the host does not give', async () => {
    const memory = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('could not allocate memory');
    });
    try {
      expect(await refusal({})).toBe('-m: the host cannot give the guest 16 MiB of RAM (could not allocate memory)');
    } finally {
      memory.mockRestore();
    }
  });
});

describe('drives', () => {
  it('are files that are there, of whole sectors, large enough', async () => {
    const a = file('a');
    const odd = file('odd', 1000);
    mkdirSync(join(dir, 'd'));
    expect(await refusal({ drives: [drive(a), drive(file('b'), true)] })).toBe('fine');
    expect(await refusal({ drives: [drive(join(dir, 'none'))] })).toBe(`-drive: ${dir}/none cannot be opened for writing (no such file or directory)`);
    expect(await refusal({ drives: [drive(join(dir, 'd'), true)] })).toBe(`-drive: ${dir}/d is a directory, not a disk image`);
    expect(await refusal({ drives: [drive('/dev/null')] })).toBe('-drive: /dev/null is not a regular file, not a disk image');
    expect(await refusal({ drives: [drive(odd, false, 1000)] })).toBe(`-drive: ${odd} has 1000 bytes, which is not a multiple of the sector size of 512`);
    expect(await refusal({ drives: [drive(odd, false, 0)] })).toBe(`-drive: ${odd} has 0 bytes; a disk has at least one sector of 512`);
    expect(await refusal({ drives: [drive(a, false, 2 * SIZE)] })).toBe(`-drive: ${a} has 8192 bytes, fewer than the 16384 of the drive`);
  });

  it('do not share an image that is written to', async () => {
    const a = file('shared');
    symlinkSync(a, join(dir, 'link'));
    expect(await refusal({ drives: [drive(a), drive(join(dir, 'link'))] })).toContain('link is used by two drives and written to');
    expect(await refusal({ drives: [drive(a, true), drive(join(dir, 'link'))] })).toContain('is used by two drives and written to');
    expect(await refusal({ drives: [drive(a, true), drive(a, true)] })).toBe('fine');
  });

  it('are locked as long as the machine lives', async () => {
    const a = file('locked');
    const first = await createMachine({ ramBytes: 16 << 20, kernel: POWEROFF, drives: [drive(a)] }, new NodeControlPlatform());
    expect(await refusal({ drives: [drive(a)] })).toBe(`-drive: ${a} is open for writing in another machine; only a read-only drive may share an image`);
    expect(await refusal({ drives: [drive(a, true)] })).toBe('fine');
    first.quit();
    await first.ended;
    expect(await refusal({ drives: [drive(a)] })).toBe('fine');
    // a machine that was not made does not keep its drives
    expect(await refusal({ drives: [drive(a), drive(join(dir, 'none'))] })).toContain('no such file');
    expect(await refusal({ drives: [drive(a)] })).toBe('fine');
  });

  it('are locked by a file where there are no names for it', async () => {
    const a = file('by-file');
    const unlock = await lockByFile(a);
    expect(await lockByFile(a)).toBeUndefined();
    await unlock!();
    const again = await lockByFile(a);
    expect(again).toBeDefined();
    await again!();
    // left behind by a process that is no more
    writeFileSync(`${a}.mttcg-lock`, '999999999\n');
    const third = await lockByFile(a);
    expect(third).toBeDefined();
    await third!();
  });
});

it.each([['max', 'arm,cortex-a57'], ['cortex-a57', 'arm,cortex-a57']])('-cpu %s is %s in the device tree', (cpuModel, compatible) => {
  const { root } = parseFdt(buildDtb({ cpuModel }));
  expect(root.at('/cpus/cpu@0')!.getStrings('compatible')).toEqual([compatible]);
});
