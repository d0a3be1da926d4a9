/**
 * A machine as a process of its own, with its serial port on standard input and output: what is measured stands in the
 * same place as qemu-system-aarch64. Arguments: JSON of {kernel, initrd, append, cpus, mib, cpuModel}.
 */
import { readFileSync } from 'node:fs';
import { createMachine } from '@mttcg/machine';
import { NodeControlPlatform, tuneEngine } from '@mttcg/machine/node';
import type { GuestSetup } from './emulator.ts';

tuneEngine();
const setup = JSON.parse(process.argv[2]!) as GuestSetup;
const machine = await createMachine({
  kernel: readFileSync(setup.kernel), initrd: readFileSync(setup.initrd), append: setup.append,
  cpus: setup.cpus, ramBytes: setup.mib << 20, cpuModel: setup.cpuModel,
}, new NodeControlPlatform());
machine.onOutput((bytes) => void process.stdout.write(bytes));
process.stdin.on('data', (bytes: Buffer) => machine.input(bytes));
process.on('SIGTERM', () => machine.quit());
machine.start();
const end = await machine.ended;
if (end.message !== undefined) console.error(end.message);
process.exit(end.reason === 'poweroff' ? 0 : 1);
