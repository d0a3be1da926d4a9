import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../src/images/manifest.ts';
import { type AptFault, BUSYBOX, type FakeArchive, fakeArchive, KERNEL, sha256, writeFakeApt } from './fake-archive.ts';
import { ENV, mttcg, NODE_ARGS, type Result } from './spawn.ts';

const NAME = 'debian-arm64';
let archive: FakeArchive;
let directory: string;
let cache: string;
let bin: string;

beforeAll(async () => {
  archive = await fakeArchive();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mttcg-images-'));
  cache = join(directory, 'cache');
  bin = join(directory, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(directory, { recursive: true }));

const env = (): NodeJS.ProcessEnv => ({ PATH: `${bin}:/usr/bin:/bin` });
const pull = (...args: string[]): Promise<Result> => mttcg(['images', 'pull', NAME, '--dir', cache, ...args], { env: env() });
const useApt = (fault?: AptFault): void => writeFakeApt(bin, archive, fault);
const manifest = (): Manifest => JSON.parse(readFileSync(join(cache, NAME, 'manifest.json'), 'utf8')) as Manifest;
const calls = (): string[] => readFileSync(join(bin, 'log'), 'utf8').trim().split('\n').map((line) => line.replace(/ -c \S+/, ''));
const unpacked = (): string => gunzipSync(readFileSync(join(cache, NAME, 'initrd.img'))).toString('latin1');

describe('images pull through apt', () => {
  it('makes the image, and does nothing the second time', async () => {
    useApt();
    const first = await pull();
    expect(first.stderr).toContain(`ready in ${join(cache, NAME)}`);
    expect(first.status).toBe(0);
    expect(readdirSync(cache)).toEqual([NAME]);
    expect(readdirSync(join(cache, NAME)).sort()).toEqual(['Image', 'initrd.img', 'manifest.json']);
    expect(readFileSync(join(cache, NAME, 'Image')).equals(KERNEL)).toBe(true);
    expect(manifest()).toMatchObject({
      format: 1, name: NAME, append: 'console=ttyAMA0',
      packages: [{ name: 'linux-image-6.0-cloud-arm64', version: '6.0-1', sha256: sha256(archive.packages.get('linux-image-6.0-cloud-arm64')!) }, { name: 'busybox-static' }],
      files: { kernel: { file: 'Image', sha256: sha256(KERNEL), size: KERNEL.length }, initrd: { file: 'initrd.img' } },
    });
    expect(calls()).toEqual([
      'apt-get update', 'apt-cache show --no-all-versions linux-image-cloud-arm64',
      'apt-cache show --no-all-versions busybox-static', 'apt-get download busybox-static=6.0-1',
      'apt-cache show --no-all-versions linux-image-6.0-cloud-arm64', 'apt-get download linux-image-6.0-cloud-arm64=6.0-1',
    ]);

    rmSync(join(bin, 'log'));
    const second = await pull();
    expect(second.stderr).toContain('nothing to do');
    expect(second.status).toBe(0);
    expect(existsSync(join(bin, 'log'))).toBe(false);

    const list = await mttcg(['images', 'list', '--dir', cache, '--json']);
    expect(JSON.parse(list.stdout)).toMatchObject([{ name: NAME, cached: true, kernel: join(cache, NAME, 'Image'), append: 'console=ttyAMA0' }]);
  });

  it('puts busybox, an init and the virtio modules in loading order into the initramfs', async () => {
    useApt();
    await pull();
    const text = unpacked();
    expect(text).toContain(BUSYBOX.toString());
    expect(text).toContain('for m in virtio_ring virtio virtio_mmio; do insmod');
    expect(text).toContain('for m in virtio_blk virtio_rng; do insmod');
    expect(text).toContain('mttcg-guest ready: $(nproc) CPUs');
    expect(text).not.toContain('virtio_net');
  });

  it('keeps apt away from the system: every directory of state is in the cache, no hook runs', async () => {
    useApt();
    await pull();
    const conf = readFileSync(join(bin, 'seen.conf'), 'utf8');
    for (const name of ['Dir::State', 'Dir::State::Lists', 'Dir::State::status', 'Dir::Cache', 'Dir::Log']) {
      expect(conf).toMatch(new RegExp(`^${name} "${cache}/`, 'm'));
    }
    expect(conf).toContain('APT::Architecture "arm64";');
    // as apt itself reads it, behind hooks such as container images have them
    const hooks = join(directory, 'hooks.conf');
    writeFileSync(hooks, 'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\nAPT::Update::Post-Invoke-Success:: "touch /x";\nAPT::Architectures { "amd64"; "i386"; };\n');
    const dump = spawnSync('apt-config', ['-c', join(bin, 'seen.conf'), 'dump'], { encoding: 'utf8', env: { ...process.env, APT_CONFIG: hooks } });
    if (dump.error !== undefined) return;
    expect(dump.stdout).not.toMatch(/Post-Invoke[^\n]*"[^"\n]+"/);
    expect(dump.stdout.match(/^APT::Architectures.*"\w+";$/gm)).toEqual(['APT::Architectures:: "arm64";']);
  });

  it('makes the image anew when a file in the cache was damaged', async () => {
    useApt();
    await pull();
    writeFileSync(join(cache, NAME, 'Image'), 'a colonel');
    const again = await pull();
    expect(again.stderr).toContain('Image in the cache differ from the manifest');
    expect(again.status).toBe(0);
    expect(readFileSync(join(cache, NAME, 'Image')).equals(KERNEL)).toBe(true);
  });

  it.each<[string, AptFault, RegExp]>([
    ['lists that cannot be fetched', { update: 'Could not resolve host.' }, /could not fetch package lists for arm64 \(Could not resolve host\); --mirror URL/],
    ['a package that differs from its checksum', { damaged: 'busybox-static' }, /busybox-static has SHA-256 [0-9a-f]{64}, the package list says [0-9a-f]{64}\.$/m],
  ])('%s: one sentence and an empty cache', async (_, fault, expected) => {
    useApt(fault);
    const { status, stderr } = await pull();
    expect(stderr).toMatch(expected);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(1);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says which package is not there', async () => {
    useApt();
    rmSync(join(bin, 'busybox-static.stanza'));
    const { status, stderr } = await pull();
    expect(stderr).toContain("apt's sources on this system have no package busybox-static for arm64");
    expect(status).toBe(1);
  });

  it('leaves nothing behind when it is interrupted, and clears up after one that was killed', async () => {
    const started = join(directory, 'started');
    useApt({ slow: started });
    for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
      const child = spawn(process.execPath, [...NODE_ARGS, 'images', 'pull', NAME, '--dir', cache], { env: { ...ENV, ...env() }, stdio: 'ignore' });
      const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
      while (!existsSync(started)) await delay(20);
      expect(readdirSync(cache)).toEqual([`.tmp-${child.pid}-${NAME}`]);
      child.kill(signal);
      expect(await closed).toBe(status);
      expect(readdirSync(cache)).toEqual([]);
      rmSync(started);
    }
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    mkdirSync(join(cache, `.tmp-${dead}-${NAME}`));
    useApt();
    expect((await pull()).status).toBe(0);
    expect(readdirSync(cache)).toEqual([NAME]);
  });

  it('says what to do where there is no apt', async () => {
    const { status, stderr } = await mttcg(['images', 'pull', NAME, '--dir', cache], { env: { PATH: bin } });
    expect(stderr).toMatch(/this system has no apt-get; give the address of a Debian archive by --mirror URL\.$/m);
    expect(status).toBe(1);
  });

  it('says that a cache cannot be written', async () => {
    useApt();
    writeFileSync(cache, 'a file');
    const { status, stderr } = await pull();
    expect(stderr).toMatch(/--dir: the cache .* cannot be written/);
    expect(status).toBe(1);
  });
});

describe('images pull from a mirror', () => {
  let server: Server;
  let url: string;
  let files: Map<string, Uint8Array | string>;

  beforeEach(async () => {
    const index = gzipSync(archive.index);
    const path = 'main/binary-arm64/Packages.gz';
    files = new Map<string, Uint8Array | string>([
      ['/dists/stable/Release', `Origin: Debian\nSuite: stable\nSHA256:\n ${sha256(Buffer.from('x'))} 1 other\n ${sha256(index)} ${index.length} ${path}\n`],
      [`/dists/stable/${path}`, index],
      ...[...archive.packages].map(([name, data]) => [`/pool/${name}_6.0-1_arm64.deb`, data] as const),
    ]);
    server = createServer((request, response) => {
      const file = files.get(request.url!);
      response.writeHead(file === undefined ? 404 : 200).end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  it('makes the same image without apt', async () => {
    const { status, stderr } = await pull('--mirror', `${url}/`);
    expect(stderr).toContain('ready in');
    expect(status).toBe(0);
    expect(readFileSync(join(cache, NAME, 'Image')).equals(KERNEL)).toBe(true);
    expect(manifest().source).toContain('signature not checked');
    const fromMirror = manifest().files;
    rmSync(cache, { recursive: true });
    useApt();
    await pull();
    expect(manifest().files).toEqual(fromMirror);
  });

  it.each<[string, (m: typeof files) => void, RegExp]>([
    ['no such suite', (m) => m.delete('/dists/stable/Release'), /the mirror answers 404 for dists\/stable\/Release\.$/m],
    ['an index that differs from the Release file', (m) => m.set('/dists/stable/main/binary-arm64/Packages.gz', 'x'), /Packages\.gz has SHA-256 \w+, the mirror's list says \w+\.$/m],
    ['a package that differs from the index', (m) => m.set('/pool/busybox-static_6.0-1_arm64.deb', 'x'), /busybox-static has SHA-256/],
    ['no packages for the architecture', (m) => m.set('/dists/stable/Release', 'Suite: stable\nSHA256:\n'), /has no packages for arm64\.$/m],
  ])('%s: one sentence and an empty cache', async (_, spoil, expected) => {
    spoil(files);
    const { status, stderr } = await pull('--mirror', url);
    expect(stderr).toMatch(expected);
    expect(status).toBe(1);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says that a mirror cannot be reached', async () => {
    await new Promise((resolve) => server.close(resolve));
    const { status, stderr } = await pull('--mirror', url);
    expect(stderr).toMatch(/the mirror cannot be read \(.*ECONNREFUSED.*\)\.$/m);
    expect(status).toBe(1);
  });
});
