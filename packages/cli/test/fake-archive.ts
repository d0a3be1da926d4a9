import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** A tar of these files. */
export async function tar(files: Readonly<Record<string, Uint8Array | string>>): Promise<Uint8Array> {
  const out = pack();
  for (const [name, data] of Object.entries(files)) out.entry({ name, mode: 0o755 }, Buffer.from(data));
  out.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of out) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** An ar archive. */
export function ar(members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, data] of members) {
    parts.push(Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(data.length).padEnd(10)}\`\n`), data);
    if (data.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

/** A Debian package whose data is compressed as asked. */
export async function deb(files: Readonly<Record<string, Uint8Array | string>>, compression: 'gz' | 'zst' = 'gz'): Promise<Uint8Array> {
  const data = await tar(files);
  return ar([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(await tar({ './control': 'Package: x\n' }))],
    [`data.tar.${compression}`, compression === 'gz' ? gzipSync(data) : zstdCompressSync(data)],
  ]);
}

/** What stands for a kernel module: only its .modinfo matters here. */
export function module(depends: string): Uint8Array {
  return Buffer.from(`\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`, 'latin1');
}

export const KERNEL = Buffer.from('a kernel');
export const BUSYBOX = Buffer.from('a busybox');
const MODULES = 'lib/modules/6.0-cloud-arm64/kernel/drivers';

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Packages of a small archive, and the control data that lists them. */
export interface FakeArchive {
  readonly packages: ReadonlyMap<string, Uint8Array>;
  /** A Packages index. */
  readonly index: string;
}

/** An archive with what the recipe wants. */
export async function fakeArchive(): Promise<FakeArchive> {
  const packages = new Map<string, Uint8Array>();
  packages.set('linux-image-6.0-cloud-arm64', await deb({
    './boot/vmlinuz-6.0-cloud-arm64': KERNEL,
    './boot/config-6.0': 'x',
    [`./${MODULES}/virtio/virtio.ko`]: module('virtio_ring'),
    [`./${MODULES}/virtio/virtio_ring.ko`]: module(''),
    [`./${MODULES}/virtio/virtio_mmio.ko`]: module('virtio,virtio_ring'),
    [`./${MODULES}/block/virtio_blk.ko`]: module('virtio,virtio_ring'),
    [`./${MODULES}/char/hw_random/virtio-rng.ko`]: module('virtio-ring,rng_core'),
    [`./${MODULES}/net/virtio_net.ko`]: module('failover'),
  }));
  packages.set('busybox-static', await deb({ './bin/busybox': BUSYBOX, './usr/share/doc/busybox': 'x' }, 'zst'));
  packages.set('linux-image-cloud-arm64', await deb({ './usr/share/doc/x': 'x' }));
  const stanzas = [...packages].map(([name, data]) => [
    `Package: ${name}`, 'Version: 6.0-1', 'Architecture: arm64',
    `Depends: ${name === 'linux-image-cloud-arm64' ? 'linux-image-6.0-cloud-arm64 (= 6.0-1)' : 'libc6'}`,
    `Filename: pool/${name}_6.0-1_arm64.deb`, `Size: ${data.length}`, `SHA256: ${sha256(data)}`, 'Description: a package', ' of several lines', '',
  ].join('\n'));
  return { packages, index: stanzas.join('\n') };
}

/** What a fake apt is to do wrong. */
export interface AptFault {
  readonly update?: string;
  readonly damaged?: string;
  readonly slow?: string;
}

/** Writes apt-get and apt-cache scripts that serve an archive into `directory`. They log their arguments to `log` there. */
export function writeFakeApt(directory: string, archive: FakeArchive, fault: AptFault = {}): void {
  mkdirSync(join(directory, 'pool'), { recursive: true });
  for (const [name, data] of archive.packages) {
    const bytes = fault.damaged === name ? Buffer.concat([data, Buffer.from('!')]) : data;
    writeFileSync(join(directory, 'pool', `${name}_6.0-1_arm64.deb`), bytes);
  }
  for (const stanza of archive.index.split('\n\n')) {
    writeFileSync(join(directory, `${/^Package: (.*)$/m.exec(stanza)![1]!}.stanza`), `${stanza}\n`);
  }
  const script = (name: string, body: string): void => writeFileSync(join(directory, name), `#!/bin/sh\nhere='${directory}'\necho "${name} $*" >>"$here/log"\n${body}`, { mode: 0o755 });
  script('apt-get', `
[ "$1" = -c ] && [ -f "$2" ] && cp "$2" "$here/seen.conf"
shift 2
case $1 in
  update)
    echo "dlstatus:1:50.0:Retrieving" >&3
    ${fault.update === undefined ? 'exit 0' : `echo 'E: ${fault.update}' >&2; exit 100`} ;;
  download)
    ${fault.slow === undefined ? '' : `touch '${fault.slow}'; sleep 60`}
    cp "$here/pool/\${2%%=*}_6.0-1_arm64.deb" . ;;
esac
`);
  script('apt-cache', `
for last; do :; done
cat "$here/$last.stanza" 2>/dev/null || { echo "E: No packages found" >&2; exit 100; }
`);
}
