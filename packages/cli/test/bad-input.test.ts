import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { demoGuest } from '@mttcg/machine/demo';
import { ENV, mttcg, NODE_ARGS } from './spawn.ts';

const directory = mkdtempSync(join(tmpdir(), 'mttcg-bad-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string, content: string | Uint8Array = ''): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const guest = demoGuest();
const elf = file('demo.elf', guest);
const disk = file('disk.raw', new Uint8Array(4096));
const missing = join(directory, 'missing');
const folder = join(directory, 'folder');
mkdirSync(folder);

/** An arm64 Image header that says how large the kernel is in memory, PE header included. */
function imageHeader(memory: bigint): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(16, memory, true);
  view.setUint32(56, 0x644d5241, true);
  return bytes;
}
const x86 = new Uint8Array(guest);
x86[18] = 62;

/** Arguments of run, and the whole of standard error behind "mttcg: ". */
const CASES: readonly (readonly [string, readonly string[], string | RegExp])[] = [
  ['nothing to boot', [], 'run: nothing to boot; -kernel FILE or -image NAME is needed (mttcg images list).'],
  ['unknown option', ['-kernal', 'x'], 'run: there is no option -kernal, did you mean -kernel; mttcg run --help lists them.'],
  ['an option without its value', ['-kernel', elf, '-m'], '-m: a value is missing (size).'],
  ['an argument that is no option', ['disk.img'], 'run: "disk.img" is not an option; options begin with a dash.'],
  ['a kernel that is not there', ['-kernel', missing], `-kernel: ${missing} cannot be read (there is no such file).`],
  ['a kernel that is a directory', ['-kernel', folder], `-kernel: ${folder} is a directory.`],
  ['a kernel that never ends', ['-kernel', '/dev/zero'], '-kernel: /dev/zero is neither a file nor a pipe.'],
  ['an empty kernel', ['-kernel', file('empty')], /^-kernel: .*empty.*\.$/],
  ['a kernel of another kind', ['-kernel', file('text', 'hello, world')], /^-kernel: .*not an arm64 Image or an AArch64 ELF file\.$/],
  ['a kernel for another CPU', ['-kernel', file('x86', x86)], /^-kernel: .*x86.*\.$/],
  ['a truncated kernel', ['-kernel', file('cut', guest.subarray(0, 4200))], /^-kernel: .*truncated.*\.$/],
  ['a kernel larger than RAM', ['-kernel', file('huge', imageHeader(1n << 28n)), '-m', '64'], /^-kernel: .*too large for 64 MiB of RAM\.$/],
  ['an initrd that is not there', ['-kernel', elf, '-initrd', missing], `-initrd: ${missing} cannot be read (there is no such file).`],
  ['an initrd larger than RAM', ['-kernel', elf, '-m', '16', '-initrd', file('initrd', new Uint8Array(16 << 20))], /^-initrd: .*too large for 16 MiB of RAM.*\.$/],
  ['a device tree that is none', ['-kernel', elf, '-dtb', file('dtb', 'no tree')], /^-dtb: .*\.$/],
  ['console keys without a terminal', ['-kernel', elf, '-serial', 'mon:stdio'], '-serial mon:stdio: standard input is no terminal, which the Ctrl-A keys need; -serial stdio passes bytes through.'],
  ['no RAM', ['-kernel', elf, '-m', '0'], '-m: 0 MiB asked for; the board takes whole MiB from 1 to 3584.'],
  ['too much RAM', ['-kernel', elf, '-m', '64G'], '-m: 65536 MiB asked for; the board takes whole MiB from 1 to 3584.'],
  ['a size that is none', ['-kernel', elf, '-m', 'lots'], '-m: "lots" is not a size; it is a number of MiB, or one with a suffix K, M or G.'],
  ['no CPU', ['-kernel', elf, '-smp', '0'], '-smp: 0 CPUs asked for; the board has 1 to 8.'],
  ['too many CPUs', ['-kernel', elf, '-smp', '99'], '-smp: 99 CPUs asked for; the board has 1 to 8.'],
  ['too many CPUs, before anything else', ['-smp', '99'], '-smp: 99 CPUs asked for; the board has 1 to 8.'],
  ['an unknown CPU', ['-kernel', elf, '-cpu', 'z80'], /^-cpu: there is no CPU "z80"; there are .*cortex-a57.*\.$/],
  ['an unknown board', ['-kernel', elf, '-M', 'raspi3b'], '-M: there is no board "raspi3b"; there is virt.'],
  ['an unknown property of the board', ['-kernel', elf, '-M', 'virt,secure=on'], /^-M: there is no property "secure"; there are .*\.$/],
  ['an unknown device', ['-kernel', elf, '-device', 'e1000'], /^-device: there is no device "e1000"; there are virtio-blk-device, .*\.$/],
  ['a disk device without its drive', ['-kernel', elf, '-device', 'virtio-blk-device,drive=d'], '-device virtio-blk-device: there is no unused -drive with if=none,id=d.'],
  ['a disk that is not there', ['-kernel', elf, '-drive', `file=${missing}`], `-drive: ${missing} cannot be opened for writing (there is no such file).`],
  ['a disk of another format', ['-kernel', elf, '-drive', `file=${disk},format=qcow2`], '-drive: the format "qcow2" is not supported; format= is raw.'],
  ['a disk that is a qcow2 image', ['-kernel', elf, '-drive', `file=${file('q', Buffer.from('QFI\xfb', 'latin1'))}`], /^-drive: .* is a qcow2 image; .*\.$/],
  ['a disk without a sector', ['-kernel', elf, '-drive', `file=${file('short', 'x')},readonly=on`], /^-drive: .* has 1 bytes; a disk has at least one sector of 512\.$/],
  ['a disk twice, written to', ['-kernel', elf, '-drive', `file=${disk}`, '-drive', `file=${folder}/../disk.raw,readonly=on`], /^-drive: .*disk\.raw is used by two drives and written to; .*\.$/],
  ['an unknown accelerator', ['-kernel', elf, '-accel', 'kvm'], '-accel: there is no accelerator "kvm"; there is tcg.'],
  ['an unknown way of threading', ['-kernel', elf, '-accel', 'tcg,thread=many'], '-accel: thread is multi or single, not "many".'],
  ['an unknown log item', ['-kernel', elf, '-d', 'in_asm,everything'], /^-d: there is no log item "everything"; there are in_asm, .*\.$/],
  ['a log file in a folder that is not there', ['-kernel', elf, '-D', join(missing, 'log')], /^-D: .*missing\/log cannot be written \(there is no such file\)\.$/],
  ['a log range that is none', ['-kernel', elf, '-dfilter', '0x10'], /^-dfilter: "0x10" is not a range; .*\.$/],
  ['an unknown place for the serial port', ['-kernel', elf, '-serial', 'tcp::1234'], /^-serial: there is no "tcp::1234"; .*\.$/],
  ['an unknown image', ['-image', 'windows'], '-image: there is no image "windows"; there are debian-arm64.'],
  ['an image and a kernel', ['-image', 'debian-arm64', '-kernel', elf], '-image: it brings its own kernel; -kernel cannot be given beside it.'],
];

describe('bad input to mttcg run gets one sentence and status 1', () => {
  it.concurrent.each(CASES)('%s', async (_, args, expected) => {
    const { status, stdout, stderr } = await mttcg(['run', ...args]);
    expect(stderr.startsWith('mttcg: ')).toBe(true);
    const text = stderr.slice('mttcg: '.length);
    expect(text.indexOf('\n')).toBe(text.length - 1);
    if (typeof expected === 'string') expect(text).toBe(`${expected}\n`);
    else expect(text.trimEnd()).toMatch(expected);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  it('an image that was cut short', async () => {
    const path = file('cut-image', imageHeader(1n << 20n));
    truncateSync(path, 40);
    const { status, stderr } = await mttcg(['run', '-kernel', path]);
    expect(stderr).toMatch(/^mttcg: -kernel: .*\.\n$/);
    expect(status).toBe(1);
  });

  it('a disk that another process writes to', async () => {
    const args = ['run', '-kernel', elf, '-S', '-serial', `file:${join(directory, 'serial')}`, '-drive', `file=${disk}`];
    const first = spawn(process.execPath, [...NODE_ARGS, ...args], { env: ENV, stdio: 'ignore' });
    const closed = new Promise((resolve) => first.on('close', resolve));
    while (!existsSync(join(directory, 'serial'))) await delay(20);
    const { status, stderr } = await mttcg(args);
    expect(stderr).toMatch(/^mttcg: -drive: .*disk\.raw is open for writing in another machine; .*\.\n$/);
    expect(status).toBe(1);
    first.kill('SIGTERM');
    await closed;
  });
});

describe('bad input to other commands', () => {
  it.concurrent.each([
    ['an unknown command', ['rum'], /^mttcg: unknown command 'rum'; Did you mean run\?\.\n$/],
    ['an unknown option', ['--frobnicate'], /^mttcg: unknown option '--frobnicate'\.\n$/],
    ['an unknown image', ['images', 'pull', 'windows'], /^mttcg: images pull: there is no image "windows"; there are debian-arm64\.\n$/],
    ['no number of runs', ['litmus', '--runs', 'many'], /^mttcg: --runs: "many" is not a number from 1 to 4000M; it may have a suffix k or M\.\n$/],
    ['no runs', ['litmus', '--runs', '0'], /^mttcg: --runs: "0" is not a number from 1 to 4000M; .*\.\n$/],
    ['an unknown litmus test', ['litmus', '--test', 'XY'], /^mttcg: --test: there is no test "XY"; there are MP, SB, .*\.\n$/],
    ['an unknown kind of access', ['litmus', '--access', 'weak'], /^mttcg: option '--access <kind>' argument 'weak' is invalid\. Allowed choices are plain, atomic\.\n$/],
    ['too many CPUs for the demo', ['demo', '-smp', '99'], /^mttcg: -smp: 99 CPUs asked for; the board has 1 to 8\.\n$/],
    ['an option that the demo has not', ['demo', '-m', '1'], /^mttcg: demo: there is no option -m; mttcg demo --help lists them\.\n$/],
    ['a mirror that is no URL', ['images', 'pull', 'debian-arm64', '--dir', directory, '--mirror', 'debian'], /"debian" is not a URL\.\n$/],
    ['a mirror that is no HTTP', ['images', 'pull', 'debian-arm64', '--dir', directory, '--mirror', 'ftp://x'], /has to begin with http: or https:, not ftp:\.\n$/],
  ] as const)('%s', async (_, args, expected) => {
    const { status, stderr } = await mttcg(args);
    expect(stderr).toMatch(expected);
    expect(status).toBe(1);
  });
});
