import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ar, deb, module } from '../../test/fake-archive.ts';
import { readAr } from './ar.ts';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { dependencyWithPrefix, parseStanzas } from './deb822.ts';
import { unpackDeb } from './deb.ts';
import { loadOrder, moduleName } from './modules.ts';
import { compareVersions } from './version.ts';

const have = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const skipped = (program: string): string => (have(program) ? '' : ` (skipped: ${program} is not installed)`);
const directory = mkdtempSync(join(tmpdir(), 'mttcg-formats-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function unpackAll(bytes: Uint8Array): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  await unpackDeb(bytes, { wanted: () => true, onFile: (path, data) => (files[path] = Buffer.from(data).toString()) });
  return files;
}

describe('writeCpio', () => {
  const entries: CpioEntry[] = [
    { kind: 'directory', path: 'dev' },
    { kind: 'character', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    ...[0, 1, 2, 3, 4, 5].map((n): CpioEntry => ({ kind: 'file', path: `file${'x'.repeat(n)}`, data: Buffer.from('abcdef'.slice(0, n)) })),
    { kind: 'file', path: 'bin', data: Buffer.alloc(70_001, 7), mode: 0o755 },
    { kind: 'symlink', path: 'sh', target: 'bin' },
  ];

  it('writes headers as the kernel documents them', () => {
    const archive = Buffer.from(writeCpio([{ kind: 'file', path: 'ab', data: Buffer.from('xyz'), mode: 0o755 }]));
    expect(archive.subarray(0, 120).toString('latin1')).toBe(
      '070701' + '00000001' + '000081ed' + '00000000' + '00000000' + '00000001' + '00000000' + '00000003'
      + '00000000'.repeat(4) + '00000003' + '00000000' + 'ab\0' + '\0\0\0' + 'xyz\0');
    expect(archive.subarray(120, 126).toString('latin1')).toBe('070701');
    expect(archive.includes('TRAILER!!!')).toBe(true);
    expect(archive.length % 512).toBe(0);
  });

  it.skipIf(!have('cpio'))(`is listed and unpacked by cpio${skipped('cpio')}`, () => {
    const list = spawnSync('cpio', ['-itvn'], { input: writeCpio(entries), encoding: 'utf8' });
    expect(list.status).toBe(0);
    const lines = list.stdout.trim().split('\n').map((line) => line.trim().split(/\s+/));
    expect(lines.map((f) => [f[0], f.slice(4, f[0]!.startsWith('c') ? 6 : 5).join(' '), f.at(-1)])).toEqual([
      ['drwxr-xr-x', '0', 'dev'], ['crw-------', '5, 1', 'dev/console'], ['drwxrwxrwt', '0', 'tmp'],
      ...[0, 1, 2, 3, 4, 5].map((n) => ['-rw-r--r--', String(n), `file${'x'.repeat(n)}`]),
      ['-rwxr-xr-x', '70001', 'bin'], ['lrwxrwxrwx', '3', 'bin'],
    ]);
    const out = join(directory, 'cpio');
    mkdirSync(out);
    const plain = entries.filter((e) => e.kind !== 'character');
    expect(spawnSync('cpio', ['-id', '--quiet'], { cwd: out, input: writeCpio(plain) }).status).toBe(0);
    expect(readFileSync(join(out, 'sh')).equals(Buffer.alloc(70_001, 7))).toBe(true);
    expect(readFileSync(join(out, 'filexxxxx'), 'utf8')).toBe('abcde');
  });

  it('refuses paths that would not unpack as meant', () => {
    for (const path of ['/abs', '', 'a\0b', 'x'.repeat(5000)]) expect(() => writeCpio([{ kind: 'directory', path }])).toThrow(RangeError);
  });
});

describe('Debian packages', () => {
  const files = { './bin/a': 'alpha', './b': 'b'.repeat(200_000) };

  it('are unpacked, gzip or zstd', async () => {
    for (const compression of ['gz', 'zst'] as const) {
      expect(await unpackAll(await deb(files, compression))).toEqual({ 'bin/a': 'alpha', b: 'b'.repeat(200_000) });
    }
  });

  it.skipIf(!have('dpkg-deb'))(`as dpkg-deb makes them (xz) are unpacked${skipped('dpkg-deb')}`, async () => {
    const root = join(directory, 'root');
    for (const d of ['DEBIAN', 'boot']) mkdirSync(join(root, d), { recursive: true });
    writeFileSync(join(root, 'DEBIAN/control'), 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: x\n');
    writeFileSync(join(root, 'boot/vmlinuz'), 'k'.repeat(300_000));
    const path = join(directory, 'x.deb');
    expect(spawnSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', root, path]).status).toBe(0);
    expect(await unpackAll(readFileSync(path))).toEqual({ 'boot/vmlinuz': 'k'.repeat(300_000) });
  });

  it('that are damaged are refused', async () => {
    const good = await deb(files);
    await expect(unpackAll(Buffer.from('no archive'))).rejects.toThrow('not an ar archive');
    await expect(unpackAll(good.subarray(0, good.length - 100))).rejects.toThrow('cut short');
    await expect(unpackAll(ar([['debian-binary', Buffer.from('2.0\n')]]))).rejects.toThrow('no data.tar');
    await expect(unpackAll(ar([['data.tar.gz', Buffer.from('xxxx')]]))).rejects.toThrow();
    expect([...readAr(ar([['a/', Buffer.from('x')], ['b', Buffer.from('yz')]])).keys()]).toEqual(['a', 'b']);
  });
});

describe('control data', () => {
  it('is read stanza by stanza, with continuation lines', () => {
    const [first, second] = parseStanzas('Package: a\nSHA256:\n x 1 f\n y 2 g\n\n\nPackage: b\nDepends: c (>= 1), d | e\n');
    expect(first!.get('sha256')).toBe('\nx 1 f\ny 2 g');
    expect(second!.get('package')).toBe('b');
    expect(dependencyWithPrefix('x, linux-image-6.1 (= 6.1-2) | y', 'linux-image-')).toBe('linux-image-6.1');
    expect(dependencyWithPrefix('x', 'linux-image-')).toBeUndefined();
  });

  it(`orders versions as dpkg does${skipped('dpkg')}`, () => {
    const versions = ['0.9', '1.0~rc1', '1.0~rc1-1', '1.0', '1.0-1', '1.0-1+deb12u1', '1.0a', '1.0+b', '1.9', '1.10', '6.1.192-2', '1:0.1'];
    for (const [i, a] of versions.entries()) {
      for (const [j, b] of versions.entries()) expect([a, b, Math.sign(compareVersions(a, b))]).toEqual([a, b, Math.sign(i - j)]);
    }
    if (!have('dpkg')) return;
    for (let i = 1; i < versions.length; i++) expect(spawnSync('dpkg', ['--compare-versions', versions[i - 1]!, 'lt', versions[i]!]).status).toBe(0);
  });
});

describe('kernel modules', () => {
  it('are known by their paths', () => {
    expect(moduleName('lib/modules/6.1/kernel/drivers/char/virtio-rng.ko')).toBe('virtio_rng');
    expect(moduleName('usr/lib/modules/6.12/kernel/x/virtio_blk.ko.xz')).toBe('virtio_blk');
    expect(moduleName('lib/modules/6.1/modules.order')).toBeUndefined();
  });

  it('are loaded behind what they depend on', () => {
    const modules = new Map([['c', module('b,a')], ['b', module('a')], ['a', module('')], ['d', module('builtin-one')]]);
    expect(loadOrder(['d', 'c', 'missing'], modules)).toEqual(['d', 'a', 'b', 'c']);
  });
});
