/** A command-line option in QEMU's style: one dash, value in the next argument. */
export interface OptionRow {
  /** Name without the dash. */
  readonly name: string;
  /** What the value is called in the help; absent for switches. */
  readonly value?: string;
  readonly help: string;
  readonly group: string;
  /** Means something each time it is given. */
  readonly repeat?: true;
  /** Name of the row that this is another spelling of. */
  readonly alias?: string;
}

/** Values of options by name, as given: the last one, or all of them for rows that repeat. */
export interface OptionValues {
  readonly single: ReadonlyMap<string, string>;
  readonly repeated: ReadonlyMap<string, readonly string[]>;
  readonly switches: ReadonlySet<string>;
}

const MACHINE = 'Machine:';
const BOOT = 'What to boot:';
const DEVICES = 'Devices:';
const CONSOLE = 'Console:';
const DEBUG = 'Running and debugging:';

const SMP: OptionRow = { name: 'smp', value: 'n', group: MACHINE, help: 'number of virtual CPUs, 1 to 8, each on a thread of its own (default 1)' };
const CPU: OptionRow = { name: 'cpu', value: 'model', group: MACHINE, help: 'CPU model: cortex-a57 (default) or max' };
const ACCEL: OptionRow = { name: 'accel', value: 'tcg[,thread=multi|single]', group: MACHINE, help: 'one thread per CPU (multi, default), or all in turn on one (single)' };
const LOG: readonly OptionRow[] = [
  { name: 'd', value: 'items', group: DEBUG, help: 'log these items, separated by commas; -d help lists them' },
  { name: 'D', value: 'file', group: DEBUG, help: "write logs to a file per thread: file.cpu0 ..., or with %d in the name for the thread (default: standard error)" },
  { name: 'dfilter', value: 'ranges', group: DEBUG, help: 'log only code at these addresses: start+length, start-length or start..end, separated by commas' },
];

/** Options of `mttcg run`. */
export const RUN_OPTIONS: readonly OptionRow[] = [
  { name: 'M', value: 'virt[,property=value]', group: MACHINE, help: 'board (default virt); properties: dumpdtb=file writes the device tree and ends, gic-version=2' },
  { name: 'machine', value: 'virt[,...]', group: MACHINE, help: 'the same as -M', alias: 'M' },
  CPU,
  SMP,
  { name: 'm', value: 'size', group: MACHINE, help: 'RAM in MiB, or with a suffix K, M or G (default 128)' },
  ACCEL,
  { name: 'image', value: 'name', group: BOOT, help: 'kernel, initrd and command line of this image (mttcg images list); fetched when it is not in the cache' },
  { name: 'image-dir', value: 'cache', group: BOOT, help: 'cache directory of -image' },
  { name: 'kernel', value: 'file', group: BOOT, help: 'arm64 Image (also compressed by gzip, or EFI zboot) or AArch64 ELF file' },
  { name: 'initrd', value: 'file', group: BOOT, help: 'initial RAM disk' },
  { name: 'append', value: 'text', group: BOOT, help: 'kernel command line; added to that of -image' },
  { name: 'dtb', value: 'file', group: BOOT, help: "device tree to use instead of the board's own" },
  { name: 'drive', value: 'file=f[,...]', group: DEVICES, repeat: true, help: 'disk image: if=none,id=name for a -device, or if=virtio for a disk at once; format=raw, readonly=on' },
  { name: 'device', value: 'model[,...]', group: DEVICES, repeat: true, help: 'virtio-blk-device,drive=id | virtio-rng-device | virtio-serial-device | virtconsole[,chardev=id]' },
  { name: 'nographic', group: CONSOLE, help: 'serial console on the terminal with the Ctrl-A keys below (default)' },
  { name: 'serial', value: 'where', group: CONSOLE, help: 'mon:stdio (as -nographic), stdio (no Ctrl-A keys, Ctrl-C ends), file:name, chardev:id, none' },
  { name: 'chardev', value: 'kind,id=id[,...]', group: CONSOLE, repeat: true, help: 'where a virtconsole or -serial chardev:id goes: stdio[,mux=on] (mux for the Ctrl-A keys), file,path=name or null' },
  { name: 'display', value: 'none', group: CONSOLE, help: 'there is no display' },
  { name: 'S', group: DEBUG, help: 'do not start the CPUs; "cont" in the monitor does' },
  { name: 'no-reboot', group: DEBUG, help: 'end when the guest reboots' },
  ...LOG,
];

/** Options of `mttcg demo`. */
export const DEMO_OPTIONS: readonly OptionRow[] = [
  { ...SMP, help: 'number of virtual CPUs, 1 to 8 (default 4)' },
  CPU,
  ACCEL,
  ...LOG,
];
