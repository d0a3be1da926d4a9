import { gzipSync } from 'node:zlib';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { endScript, initScript, PROFILE } from './guest-init.ts';
import { loadOrder, VIRTIO_MODULES } from './modules.ts';

/** What an initramfs is made of. */
export interface InitramfsParts {
  /** A static busybox for the guest. */
  readonly busybox: Uint8Array;
  /** Kernel modules by name, unpacked. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
}

/** The guest's root file system: gzip of a cpio archive. */
export function buildInitramfs(parts: InitramfsParts): Uint8Array {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  const [transport, ...devices] = VIRTIO_MODULES;
  const base = loadOrder([transport], parts.modules);
  const extra = loadOrder(devices, parts.modules).filter((name) => !base.includes(name));
  const directories = ['bin', 'dev', 'etc', 'lib', 'lib/modules', 'mnt', 'proc', 'root', 'run', 'sbin', 'sys', 'tmp', 'usr', 'usr/bin', 'usr/sbin', 'var'];
  const entries: CpioEntry[] = [
    ...directories.map((path): CpioEntry => ({ kind: 'directory', path, mode: path === 'tmp' ? 0o1777 : 0o755 })),
    // the kernel opens it for /init before devtmpfs is there
    { kind: 'character', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'character', path: 'dev/null', major: 1, minor: 3, mode: 0o666 },
    { kind: 'file', path: 'bin/busybox', data: parts.busybox, mode: 0o755 },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'init', data: text(initScript(base, extra)), mode: 0o755 },
    { kind: 'file', path: 'etc/profile', data: text(PROFILE) },
    { kind: 'file', path: 'etc/passwd', data: text('root::0:0:root:/root:/bin/sh\n') },
    { kind: 'file', path: 'etc/group', data: text('root:x:0:\n') },
    ...['poweroff', 'reboot', 'halt'].map((applet): CpioEntry => ({ kind: 'file', path: `sbin/${applet}`, data: text(endScript(applet)), mode: 0o755 })),
    ...[...base, ...extra].map((name): CpioEntry => ({ kind: 'file', path: `lib/modules/${name}.ko`, data: parts.modules.get(name)! })),
  ];
  return gzipSync(writeCpio(entries), { level: 9 });
}
