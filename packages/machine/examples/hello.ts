import { createMachine } from '@mttcg/machine';
import { NodeControlPlatform } from '@mttcg/machine/node';

// A guest without an operating system: it writes a text to the UART and powers off.
const program = Uint32Array.of(
  0xd2a12001, //       mov  x1, #0x9000000       the PL011's data register
  0x10000102, //       adr  x2, text
  0x38401443, // next: ldrb w3, [x2], #1
  0x34000063, //       cbz  w3, off
  0x39000023, //       strb w3, [x1]
  0x17fffffd, //       b    next
  0x52800100, // off:  mov  w0, #0x8             PSCI SYSTEM_OFF
  0x72b08000, //       movk w0, #0x8400, lsl #16
  0xd4000002, //       hvc  #0
);
const text = new TextEncoder().encode('Hello from AArch64\n\0');

// As an arm64 Image: 64 bytes of header, its first word a branch to what follows.
const kernel = new Uint8Array(64 + program.byteLength + text.length);
const header = new DataView(kernel.buffer);
header.setUint32(0, 0x14000010, true);
header.setUint32(16, kernel.length, true); // image_size
header.setUint32(56, 0x644d5241, true); // "ARM\x64"
kernel.set(new Uint8Array(program.buffer), 64);
kernel.set(text, 64 + program.byteLength);

const machine = await createMachine({ kernel, cpus: 2, ramBytes: 64 << 20 }, new NodeControlPlatform());
machine.onOutput((bytes) => process.stdout.write(bytes));
machine.start();
const end = await machine.ended;
console.log(`ended: ${end.reason}`);
