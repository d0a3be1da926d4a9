import { UserError } from '../errors.ts';
import type { OptionValues } from './table.ts';
import { onlyProperties, parseProperties, parseSwitch } from './values.ts';

/** Where a serial port goes. */
export type SerialConfig =
  | { readonly kind: 'stdio'; /** Ctrl-A keys: always (asked for, so a terminal is needed), if there is a terminal, or never. */ readonly keys: 'always' | 'terminal' | 'never' }
  | { readonly kind: 'file'; readonly path: string }
  /** Standard output; nothing is typed. */
  | { readonly kind: 'output' }
  | { readonly kind: 'none' };

/** Where the machine's serial ports go: the PL011, and the virtio console. */
export interface PortsConfig {
  readonly serial: SerialConfig;
  readonly console: SerialConfig;
}

/** `-serial`, `-chardev`, and the chardev that the virtio console named. @throws UserError */
export function parsePorts({ single, repeated }: OptionValues, consoleChardev: string | undefined): PortsConfig {
  const chardevs = parseChardevs(repeated.get('chardev') ?? []);
  const byId = (option: string, id: string): SerialConfig => {
    const found = chardevs.get(id);
    if (found === undefined) throw new UserError(`${option}: there is no -chardev with the id "${id}"`);
    return found;
  };
  const console: SerialConfig = consoleChardev === undefined ? { kind: 'none' } : byId('-device virtconsole', consoleChardev);
  const text = single.get('serial') ?? (console.kind === 'stdio' ? 'none' : undefined);
  const serial: SerialConfig = text === undefined ? { kind: 'stdio', keys: 'terminal' }
    : text.startsWith('chardev:') ? byId('-serial', text.slice('chardev:'.length)) : parseSerial(text);
  if (serial.kind === 'stdio' && console.kind === 'stdio') throw new UserError('-serial: standard input and output already serve the virtconsole');
  return { serial, console };
}

function parseSerial(text: string): SerialConfig {
  if (text === 'mon:stdio') return { kind: 'stdio', keys: 'always' };
  if (text === 'stdio') return { kind: 'stdio', keys: 'never' };
  if (text === 'none' || text === 'null') return { kind: 'none' };
  if (/^file:./.test(text)) return { kind: 'file', path: text.slice('file:'.length) };
  throw new UserError(`-serial: there is no "${text}"; it is mon:stdio, stdio, file:NAME, chardev:ID or none`);
}

function parseChardevs(texts: readonly string[]): Map<string, SerialConfig> {
  const found = new Map<string, SerialConfig>();
  for (const text of texts) {
    const properties = parseProperties('-chardev', text, true);
    const { head, values } = properties;
    const id = values.get('id');
    if (id === undefined) throw new UserError(`-chardev: "${text}" has no id=`);
    if (found.has(id)) throw new UserError(`-chardev: there are two with the id "${id}"`);
    if (head === 'stdio') {
      onlyProperties('-chardev stdio', properties, ['id', 'mux']);
      found.set(id, { kind: 'stdio', keys: parseSwitch('-chardev mux', values.get('mux'), false) ? 'always' : 'never' });
    } else if (head === 'file') {
      onlyProperties('-chardev file', properties, ['id', 'path']);
      const path = values.get('path');
      if (path === undefined || path === '') throw new UserError(`-chardev: "${text}" has no path=`);
      found.set(id, { kind: 'file', path });
    } else if (head === 'null') {
      onlyProperties('-chardev null', properties, ['id']);
      found.set(id, { kind: 'none' });
    } else throw new UserError(`-chardev: there is no "${head ?? text}"; there are stdio, file and null`);
  }
  return found;
}
