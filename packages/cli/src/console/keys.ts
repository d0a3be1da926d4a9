/** Ctrl-A: begins a command to the emulator, as with QEMU's -nographic. */
const ESCAPE = 0x01;

/** What the keyboard asks of the emulator. */
export type KeyCommand = 'quit' | 'monitor' | 'help';

/** Keys after Ctrl-A, in either case. */
const COMMANDS: Readonly<Record<string, KeyCommand>> = { x: 'quit', c: 'monitor', h: 'help', '?': 'help' };

/** Parts of what was typed, in order. */
export type KeyEvent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'command'; readonly command: KeyCommand };

/** Finds the Ctrl-A keys in typed bytes; a key and its Ctrl-A may come in different chunks. */
export class KeyParser {
  #escaped = false;

  parse(chunk: Uint8Array): KeyEvent[] {
    const events: KeyEvent[] = [];
    let plain: number[] = [];
    const flush = (): void => {
      if (plain.length > 0) events.push({ kind: 'bytes', bytes: Uint8Array.from(plain) });
      plain = [];
    };
    for (const byte of chunk) {
      if (!this.#escaped) {
        if (byte === ESCAPE) this.#escaped = true;
        else plain.push(byte);
        continue;
      }
      this.#escaped = false;
      if (byte === ESCAPE) {
        plain.push(byte);
        continue;
      }
      // other keys after Ctrl-A are dropped: they were not meant for the guest
      const command = COMMANDS[String.fromCharCode(byte).toLowerCase()];
      if (command === undefined) continue;
      flush();
      events.push({ kind: 'command', command });
    }
    flush();
    return events;
  }
}

/** What Ctrl-A h prints. */
export const KEYS_HELP = `Ctrl-A h        this help
Ctrl-A x        end the emulator
Ctrl-A c        switch between the console and the monitor
Ctrl-A Ctrl-A   send Ctrl-A to the guest
`;
