import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import { type HelperDef, HelperFlag } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';

export const INT_HELPERS: readonly HelperDef[] = [
  /** CRC-32 (bits 3-0 of the third argument: bytes of the value taken) or, with bit 4, CRC-32C of value onto the first. */
  { name: 'crc32', kind: 'js', params: 'ili', ret: 'i', flags: HelperFlag.NO_GLOBALS | HelperFlag.PURE },
];

/** Table of the reflected polynomial, by byte. */
function crcTable(polynomial: number): Int32Array {
  const table = new Int32Array(256);
  for (let n = 0; n < 256; n++) {
    let v = n;
    for (let i = 0; i < 8; i++) v = (v & 1) !== 0 ? (v >>> 1) ^ polynomial : v >>> 1;
    table[n] = v;
  }
  return table;
}

export function makeIntHelpers(_current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  const ieee = crcTable(0xedb88320);
  const castagnoli = crcTable(0x82f63b78);
  return {
    crc32: (acc, lo, hi, kind): number => {
      const table = ((kind as number) & 16) !== 0 ? castagnoli : ieee;
      let crc = acc as number;
      for (let i = 0; i < ((kind as number) & 15); i++) {
        const byte = ((i < 4 ? (lo as number) : (hi as number)) >>> ((i & 3) * 8)) & 0xff;
        crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
      }
      return crc;
    },
  };
}
