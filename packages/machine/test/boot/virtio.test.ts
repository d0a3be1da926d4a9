import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeControlPlatform } from '../../src/host/node.ts';
import { createMachine, type Machine } from '../../src/machine.ts';
import { guestImage, READY_MARKER } from './image.ts';
import { GuestShell } from './shell.ts';

const image = await guestImage();
const missing = 'reason' in image ? image.reason : undefined;

const MIB = 1 << 20;
const dir = mkdtempSync(join(tmpdir(), 'mttcg-virtio-'));
let machine: Machine | undefined;
afterEach(async () => {
  machine?.quit();
  await machine?.ended;
  rmSync(dir, { recursive: true, force: true });
});

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

describe.skipIf(missing !== undefined)(`Linux on virtio devices${missing === undefined ? '' : ` (skipped, no image: ${missing})`}`, { timeout: 600_000 }, () => {
  it('reads and writes disks, before and after a reboot in the middle, talks over hvc0, takes entropy', async () => {
    if ('reason' in image) throw new Error(image.reason);
    const rw = join(dir, 'rw.img');
    const ro = join(dir, 'ro.img');
    const rwBytes = randomBytes(8 * MIB);
    const roBytes = randomBytes(MIB + 512);
    writeFileSync(rw, rwBytes);
    writeFileSync(ro, roBytes);
    machine = await createMachine({
      cpus: 2, ramBytes: 512 * MIB, kernel: image.kernel, initrd: image.initrd, append: image.append,
      // Linux counts from the lowest slot, so the last one is vda
      drives: [{ path: ro, readonly: true, bytes: roBytes.length }, { path: rw, readonly: false, bytes: rwBytes.length }],
      console: true, rng: true,
    }, new NodeControlPlatform());
    const shell = new GuestShell(machine);
    let hvc = '';
    machine.onOutput((bytes) => (hvc += new TextDecoder('latin1').decode(bytes)), 1);
    const up = async (): Promise<void> => {
      await shell.expect(new RegExp(`${READY_MARKER} 2 CPUs`), 'sign of life from /init');
      await shell.prompt();
    };
    machine.start();
    await up();

    expect((await shell.run('cat /sys/block/vda/size /sys/block/vdb/size /sys/block/vdb/ro')).output).toBe(`${rwBytes.length / 512}\n${roBytes.length / 512}\n1`);
    expect((await shell.run('md5sum /dev/vda /dev/vdb')).output).toBe(`${md5(rwBytes)}  /dev/vda\n${md5(roBytes)}  /dev/vdb`);
    expect((await shell.run('dd if=/dev/zero of=/dev/vdb bs=512 count=1 2>/dev/null')).status).toBe(1);

    // one writer per CPU, then everything from the disk again
    const seq = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('');
    await shell.run('(seq 1 200000 | dd of=/dev/vda bs=4k conv=notrunc,fsync 2>/dev/null) & seq 200001 400000 | dd of=/dev/vda bs=64k seek=64 conv=notrunc,fsync 2>/dev/null; wait');
    rwBytes.write(seq(1, 200_000), 0, 'latin1');
    rwBytes.write(seq(200_001, 400_000), 4 * MIB, 'latin1');
    expect(md5(readFileSync(rw))).toBe(md5(rwBytes));
    expect((await shell.run('echo 3 >/proc/sys/vm/drop_caches; md5sum /dev/vda')).output).toBe(`${md5(rwBytes)}  /dev/vda`);

    expect((await shell.run('cmp -n 16 /dev/zero /dev/hwrng >/dev/null')).status).toBe(1);

    await shell.run('echo to the host >/dev/hvc0');
    const line = shell.run('read -r l </dev/hvc0; echo "got $l"');
    await machine.write(new TextEncoder().encode('to the guest\n'), 1);
    expect((await line).output).toBe('got to the guest');
    expect(hvc).toContain('to the host');

    // requests are under way when the machine is reset
    shell.type('while :; do dd if=/dev/vda of=/dev/null bs=256k iflag=direct 2>/dev/null; done & sleep 1; reboot; sleep 1000\n');
    await up();
    expect((await shell.run('md5sum /dev/vda; dmesg | grep -E "BUG|Oops|Unable to handle|I/O error|Call trace"')).output).toBe(`${md5(rwBytes)}  /dev/vda`);

    // what was written without a flush is in the image when the machine has ended
    await shell.run('echo the last word | dd of=/dev/vda bs=512 conv=notrunc,sync oflag=direct 2>/dev/null');
    shell.type('poweroff\n');
    expect(await machine.ended).toEqual({ reason: 'poweroff' });
    expect(readFileSync(rw).subarray(0, 14).toString('latin1')).toBe('the last word\n');
  });
});
