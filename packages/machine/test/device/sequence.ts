/** Random but sensible sequences of device accesses, the same for the same seed. */

/** Kind (1 write word, 2 read word, 3 write byte), physical address, value. */
export type Access = readonly [kind: number, address: number, value: number];

export const WRITE = 1;
export const READ = 2;
export const WRITE_BYTE = 3;

const GICD = 0x0800_0000;
const GICC = 0x0801_0000;
const UART = 0x0900_0000;
const RTC = 0x0901_0000;

/** SGIs, the level-triggered lines of UART and RTC, other SPIs up to the last. */
const INTERRUPTS: readonly number[] = [1, 5, 9, 33, 34, 40, 41, 70, 287];

function xorshift(seed: number): (below: number) => number {
  let s = Math.imul(seed, 2654435761) >>> 0;
  return (below) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    s >>>= 0;
    return s % below;
  };
}

/**
 * Drives the GIC from CPU 0 of two, with UART and RTC as sources of levels. What QEMU's model does otherwise than the
 * architecture is left out: GICD_ISPENDR of private interrupts and of SPIs without targets, GICD_ISACTIVER of SPIs,
 * GICD_SPENDSGIR with no source, GICC_AIAR and GICC_AEOIR, groups switched off one at a time, GICC_HPPIR.
 */
export function gicSequence(seed: number, steps: number): Access[] {
  const out: Access[] = [];
  const random = xorshift(seed);
  const write = (at: number, value: number): void => void out.push([WRITE, at, value >>> 0]);
  const read = (at: number): void => void out.push([READ, at, 0]);
  const writeByte = (at: number, value: number): void => void out.push([WRITE_BYTE, at, value]);
  const pick = (): number => INTERRUPTS[random(INTERRUPTS.length)];

  // A transmit interrupt and an alarm: their masks now switch the lines.
  write(UART, 0x40);
  write(RTC + 8, 100);
  write(RTC + 4, 100);
  for (const n of INTERRUPTS) if (n >= 32) writeByte(GICD + 0x800 + n, 1);
  write(GICD, 3);
  write(GICC, 7);
  write(GICC + 4, 0xff);
  for (let i = 0; i < steps; i++) {
    const n = pick();
    const bit = 1 << (n & 31);
    const word = (n >>> 5) * 4;
    const actions: readonly (() => void)[] = [
      () => write(GICD + 0x100 + word, bit),
      () => { if (random(3) === 0) write(GICD + 0x180 + word, bit); },
      () => write(GICD + 0x200 + word, bit),
      () => write(GICD + 0x200 + word, bit),
      () => write(GICD + 0x280 + word, bit),
      () => writeByte(GICD + 0x400 + n, random(256)),
      () => write(GICD + 0xc00 + (n >>> 4) * 4, (random(2 ** 16) * 65537) & 0xaaaaaaaa),
      () => write(GICD + 0xf00, (random(3) << 24) | (random(4) << 16) | random(16)),
      () => writeByte(GICD + 0xf10 + random(16), random(4)),
      () => writeByte(GICD + 0xf20 + random(16), 1 + random(3)),
      ...Array.from({ length: 4 }, () => () => { read(GICC + 0xc); read(GICD + 0x300 + word); read(GICC + 0x14); }),
      ...Array.from({ length: 3 }, () => () => { write(GICC + 0x10, pick()); read(GICC + 0x14); }),
      () => write(GICC + 4, random(4) === 0 ? random(256) : 0xff),
      () => { write(GICC + 8, random(8)); read(GICC + 8); },
      () => { write(GICC + 0x1c, random(8)); read(GICC + 0x1c); },
      () => { write(GICC, 3 | (random(2) << 2) | (random(2) << 3) | (random(2) << 4) | (random(2) << 9)); read(GICC); },
      () => write(GICC + 0x1000, pick()),
      () => write(UART + 0x38, random(2) * 0x20),
      () => write(RTC + 0x10, random(2)),
      () => write(GICD + 0x80 + word, random(2) === 0 ? 0 : bit),
      () => write(GICD + 0x380 + word, bit),
    ];
    actions[random(actions.length)]();
    const looks = [
      GICD + 0x100 + word, GICD + 0x200 + word, GICD + 0x300 + word, GICD + 0x400 + (n & ~3), GICD + 0x800 + (n & ~3),
      GICD + 0xc00 + (n >>> 4) * 4, GICD + 0xf10 + random(4) * 4, GICC + 0x14, GICC + 0xd0 + random(4) * 4, GICC + 0xe0 + random(4) * 4,
    ];
    read(looks[random(looks.length)]);
  }
  return out;
}

/** Drives the UART's registers, with no input and no loopback. */
export function uartSequence(seed: number, steps: number): Access[] {
  const out: Access[] = [];
  const random = xorshift(seed);
  const registers: readonly [at: number, mask: number][] = [
    [0x04, 0xff], [0x20, 0xff], [0x24, 0xffff], [0x28, 0x3f], [0x2c, 0xff], [0x30, 0xff7f], [0x34, 0x3f], [0x38, 0x7ff], [0x44, 0x7ff],
  ];
  for (let i = 0; i < steps; i++) {
    const [at, mask] = registers[random(registers.length)];
    if (random(6) === 0) out.push([WRITE, UART, 0x41]);
    else out.push([WRITE, UART + at, random(0x10000) & mask]);
    out.push([READ, UART + [0x04, 0x18, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40][random(11)], 0]);
  }
  return out;
}

/** Reads what does not depend on time or configuration: identification and reset values. */
export function identitySequence(): Access[] {
  const out: Access[] = [];
  const read = (base: number, from: number, to: number): void => {
    for (let at = from; at < to; at += 4) out.push([READ, base + at, 0]);
  };
  read(GICD, 0, 0xc);
  read(GICD, 0x100, 0x104);
  read(GICD, 0x800, 0x804);
  read(GICD, 0xc00, 0xc0c);
  read(GICD, 0xfd0, 0x1000);
  for (const at of [0, 4, 8, 0xc, 0x14, 0x18, 0x1c, 0xfc]) read(GICC, at, at + 4);
  read(UART, 0, 0x4c);
  read(UART, 0xfe0, 0x1000);
  read(RTC, 4, 0x20);
  read(RTC, 0xfe0, 0x1000);
  read(0x0903_0000, 0x400, 0x424);
  read(0x0903_0000, 0xfd0, 0x1000);
  // An empty virtio slot, and one with an entropy device.
  read(0x0a00_0400, 0, 0x110);
  read(0x0a00_3e00, 0, 0x50);
  read(0x0a00_3e00, 0x54, 0x100);
  return out;
}

/** Everything that vectors.json has answers for. */
export const SEQUENCES: Readonly<Record<string, () => Access[]>> = {
  identity: identitySequence,
  uart: () => uartSequence(1, 400),
  gic1: () => gicSequence(1, 800),
  gic2: () => gicSequence(2, 800),
  gic3: () => gicSequence(3, 800),
};
