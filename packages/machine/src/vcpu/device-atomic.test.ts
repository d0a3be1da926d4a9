import { expect, it } from 'vitest';
import { elfExecutable } from '../demo/index.ts';
import { NodeControlPlatform } from '../host/node.ts';
import { createMachine } from '../machine.ts';

const ORIGIN = 0x4020_0000;
const VECTORS = 0x800;
/** Synchronous exception from the current EL with SP_ELx. */
const SYNC = 0x200;

/** ldxr, stxr to the PL011; the exception's vector powers off by PSCI. */
function program(): Uint8Array {
  const words = new Uint32Array((VECTORS + SYNC) / 4 + 3);
  words.set([
    0x10004003, // adr x3, VECTORS
    0xd518c003, // msr vbar_el1, x3
    0xd5033fdf, // isb
    0xd2a12001, // mov x1, #0x9000000
    0x885f7c20, // ldxr w0, [x1]
    0x88027c20, // stxr w2, w0, [x1]
    0x14000000, // b .
  ]);
  words.set([
    0xd2b08000, // mov x0, #0x84000000
    0xf2800100, // movk x0, #8: SYSTEM_OFF
    0xd4000002, // hvc #0
  ], (VECTORS + SYNC) / 4);
  return new Uint8Array(words.buffer);
}

it.each([1, 2])('an exclusive to device registers is the guest\'s fault, not the machine\'s: -smp %i', async (cpus) => {
  const machine = await createMachine({ cpus, ramBytes: 16 << 20, kernel: elfExecutable(ORIGIN, program(), 0) }, new NodeControlPlatform());
  machine.start();
  const end = await machine.ended;
  expect(end.message).toBeUndefined();
  expect(end.reason).toBe('poweroff');
});
