const HEADER = 64;

/** An arm64 Image around a few A64 instructions. */
export function guestImage(...words: readonly number[]): Uint8Array {
  const image = new Uint8Array(HEADER + words.length * 4);
  const view = new DataView(image.buffer);
  view.setUint32(0, 0x14000010, true); // b .+64
  view.setUint32(16, image.length, true);
  view.setUint32(56, 0x644d5241, true);
  words.forEach((word, i) => view.setUint32(HEADER + i * 4, word, true));
  return image;
}

/** Powers off. */
export const POWEROFF = guestImage(
  0x52800100, // mov w0, #0x8
  0x72b08000, // movk w0, #0x8400, lsl #16
  0xd4000002, // hvc #0
);

/** Counts its starts in RAM behind the image, writes the count; resets the machine twice, then powers off. */
export const RESETS = guestImage(
  0xd2a12001, // mov x1, #0x9000000
  0xd2a80804, // mov x4, #0x40400000
  0xb9400083, // ldr w3, [x4]
  0x11000463, // add w3, w3, #1
  0xb9000083, // str w3, [x4]
  0x1100c062, // add w2, w3, #0x30
  0x39000022, // strb w2, [x1]
  0x52800120, // mov w0, #0x9
  0x72b08000, // movk w0, #0x8400, lsl #16
  0x71000c7f, // cmp w3, #3
  0x1a9f17e5, // cset w5, eq
  0x4b050000, // sub w0, w0, w5
  0xd4000002, // hvc #0
);

/** Goes on for ever. */
export const SPIN = guestImage(0x14000000);

/** Sleeps for ever. */
export const SLEEP = guestImage(
  0xd503207f, // wfi
  0x17ffffff, // b .-4
);

/** Sends back what it is sent, and powers off after a "q". */
export const ECHO = guestImage(
  0xd2a12001, // mov x1, #0x9000000
  0xb9401822, // 1: ldr w2, [x1, #0x18]
  0x3727ffe2, // tbnz w2, #4, 1b
  0xb9400022, // ldr w2, [x1]
  0x39000022, // strb w2, [x1]
  0x12001c42, // and w2, w2, #0xff
  0x7101c45f, // cmp w2, #'q'
  0x54ffff41, // b.ne 1b
  0x52800100, // mov w0, #0x8
  0x72b08000, // movk w0, #0x8400, lsl #16
  0xd4000002, // hvc #0
);

/** For each byte it is sent: bits 16 to 47 of the virtual counter, which counts at 62.5 MHz, low byte first. */
export const CLOCK = guestImage(
  0xd2a12001, // mov x1, #0x9000000
  0xb9401822, // 1: ldr w2, [x1, #0x18]
  0x3727ffe2, // tbnz w2, #4, 1b
  0xb9400022, // ldr w2, [x1]
  0xd5033fdf, // isb
  0xd53be043, // mrs x3, cntvct_el0
  0xd350fc63, // lsr x3, x3, #16
  0x39000023, // strb w3, [x1]
  0xd348fc63, // lsr x3, x3, #8
  0x39000023, // strb w3, [x1]
  0xd348fc63, // lsr x3, x3, #8
  0x39000023, // strb w3, [x1]
  0xd348fc63, // lsr x3, x3, #8
  0x39000023, // strb w3, [x1]
  0x17fffff3, // b 1b
);

/** Writes to the UART for ever. */
export const FLOOD = guestImage(
  0xd2a12001, // mov x1, #0x9000000
  0x39000022, // 1: strb w2, [x1]
  0x11000442, // add w2, w2, #1
  0x17fffffe, // b 1b
);
