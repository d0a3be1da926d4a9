/** Bumped when the contents of the initramfs change, so that an older cache is built anew. */
export const INITRAMFS_VERSION = 1;

/** Starts the line that /init prints when the guest is up; the number of CPUs follows. */
export const READY_MARKER = 'mttcg-guest ready:';

/**
 * The guest's first process. busybox poweroff, reboot and halt signal process 1 (USR2, TERM, USR1), so that is where
 * they are answered; the shell runs beside it and the machine goes off when it ends.
 * @param modules base modules to load in this order, then `devices` for the virtio devices found
 */
export function initScript(modules: readonly string[], devices: readonly string[]): string {
  return `#!/bin/busybox sh
# First process of the guest, made by mttcg.
trap 'exec /bin/busybox poweroff -f' USR2
trap 'exec /bin/busybox reboot -f' TERM
trap 'exec /bin/busybox halt -f' USR1

/bin/busybox --install -s /bin
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root TERM=vt220
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /tmp
hostname mttcg
ip link set lo up 2>/dev/null
# informational kernel messages stay out of the shell; dmesg has them
echo 4 > /proc/sys/kernel/printk
${modules.length === 0 ? '' : `
for m in ${modules.join(' ')}; do insmod /lib/modules/$m.ko; done
if [ -n "$(ls /sys/bus/virtio/devices 2>/dev/null)" ]; then
  for m in ${devices.join(' ')}; do insmod /lib/modules/$m.ko; done
fi
`}
echo "${READY_MARKER} $(nproc) CPUs"
cd /root
setsid cttyhack sh -l </dev/console >/dev/console 2>&1 &
shell=$!
# a trapped signal ends wait early
while kill -0 $shell 2>/dev/null; do wait $shell; done
exec /bin/busybox poweroff -f
`;
}

/** For login shells. */
export const PROFILE = `export PATH=/sbin:/bin:/usr/sbin:/usr/bin
export PS1='root@\\h:\\w# '
`;

/** What `poweroff`, `reboot` and `halt` run when typed: there is no init system to ask. */
export function endScript(applet: string): string {
  return `#!/bin/busybox sh\nexec /bin/busybox ${applet} -f\n`;
}
