import { Assembler, elfExecutable, w, x } from '@mttcg/machine/demo';

const ORIGIN = 0x4008_0000;
const UART = 0x0900_0000;
const FR = 0x18;
const RX_EMPTY_BIT = 4;

/**
 * A bare-metal guest that prints ">" and then sends back each byte it receives, "." for control characters. "Q" powers
 * off, "R" resets, "J" jumps to where nothing is.
 */
export function echoGuest(): Uint8Array {
  const a = new Assembler(ORIGIN);
  a.movImm(x(1), UART).movImm(w(0), 0x3e).str(w(0), { base: x(1) });
  a.label('wait').ldr(w(2), { base: x(1), offset: FR }).tbnz(w(2), RX_EMPTY_BIT, 'wait');
  a.ldr(w(0), { base: x(1) }).cmp(w(0), 0x51).bcond('eq', 'off').cmp(w(0), 0x52).bcond('eq', 'reset').cmp(w(0), 0x4a).bcond('eq', 'jump');
  a.movImm(w(3), 0x2e).cmp(w(0), 0x20).csel(w(0), w(3), w(0), 'lo').str(w(0), { base: x(1) }).b('wait');
  a.label('off').movImm(x(0), 0x8400_0008).hvc();
  a.label('reset').movImm(x(0), 0x8400_0009).hvc();
  a.label('jump').movImm(x(0), 0x7000_0000).br(x(0));
  return elfExecutable(ORIGIN, a.finish());
}
