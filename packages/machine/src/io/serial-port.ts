import type { CharBackend } from '../device/types.ts';
import type { ByteRing } from './ring.ts';

/** Rings of one serial port: `out` from the guest to the control thread, `in` from there to the I/O thread. */
export interface SerialPort {
  readonly in: ByteRing;
  readonly out: ByteRing;
}

/** Milliseconds between looks whether the machine still runs, while the control thread takes nothing. */
const RETRY_MS = 100;

/**
 * The device's end of a port. Bytes are not lost: a guest that writes faster than the control thread takes them waits,
 * under the BQL, except in a machine that is being ended.
 */
export function serialBackend(port: SerialPort, ending: () => boolean, wakeIo: () => void): CharBackend {
  const { out } = port;
  return {
    write: (byte) => {
      while (!out.push(byte)) {
        out.notify();
        if (ending()) return;
        out.waitRoom(RETRY_MS);
      }
    },
    acceptInput: wakeIo,
  };
}
