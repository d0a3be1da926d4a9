import type { LogItem, LogRange } from '@mttcg/machine';
import { LOG_ITEMS } from '@mttcg/machine';
import { UserError } from '../errors.ts';

/** A value like "virtio-blk-device,drive=d0,readonly": its head and its properties. A doubled comma stands for one. */
export interface Properties {
  readonly head: string | undefined;
  readonly values: ReadonlyMap<string, string>;
}

/** Splits QEMU's comma-separated form. @param withHead the first part has no "=": a name */
export function parseProperties(option: string, text: string, withHead: boolean): Properties {
  const values = new Map<string, string>();
  let head: string | undefined;
  splitCommas(text).forEach((part, index) => {
    const equals = part.indexOf('=');
    if (index === 0 && withHead && equals < 0) {
      head = part;
      return;
    }
    if (part === '') throw new UserError(`${option}: "${text}" has an empty part`);
    if (equals < 0) values.set(part, 'on');
    else values.set(part.slice(0, equals), part.slice(equals + 1));
  });
  return { head, values };
}

function splitCommas(text: string): string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== ',') parts[parts.length - 1] += text[i]!;
    else if (text[i + 1] === ',') {
      parts[parts.length - 1] += ',';
      i++;
    } else parts.push('');
  }
  return parts;
}

/** Refuses properties that are not on the list. */
export function onlyProperties(option: string, properties: Properties, known: readonly string[]): void {
  for (const name of properties.values.keys()) {
    if (!known.includes(name)) throw new UserError(`${option}: there is no property "${name}"; there are ${known.join(', ')}`);
  }
}

/** on or off. */
export function parseSwitch(option: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (['on', 'yes', 'true'].includes(value)) return true;
  if (['off', 'no', 'false'].includes(value)) return false;
  throw new UserError(`${option}: "${value}" is neither on nor off`);
}

const UNIT: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `-m`: bytes. */
export function parseSize(option: string, text: string): number {
  const match = /^(?:size=)?(\d+(?:\.\d+)?)([KMGT])?[B]?$/i.exec(text);
  if (match === null) throw new UserError(`${option}: "${text}" is not a size; it is a number of MiB, or one with a suffix K, M or G`);
  return Math.round(Number(match[1]) * UNIT[(match[2] ?? 'M').toUpperCase()]!);
}

/** `--runs`: a count, in thousands or millions with a suffix k or M. */
export function parseCount(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kM])?$/i.exec(text);
  const count = match === null ? NaN : Math.round(Number(match[1]) * { '': 1, K: 1e3, M: 1e6 }[(match[2] ?? '').toUpperCase()]!);
  if (!(count >= 1 && count <= 4e9)) throw new UserError(`${option}: "${text}" is not a number from 1 to 4000M; it may have a suffix k or M`);
  return count;
}

/** `-smp`. */
export function parseCpus(text: string): number {
  const match = /^(?:cpus=)?(\d{1,9})$/.exec(text);
  if (match === null) throw new UserError(`-smp: "${text}" is not a number of CPUs`);
  return Number(match[1]);
}

/** `-accel`. */
export function parseAccel(text: string): 'multi' | 'single' {
  const properties = parseProperties('-accel', text, true);
  if (properties.head !== 'tcg') throw new UserError(`-accel: there is no accelerator "${properties.head ?? text}"; there is tcg`);
  onlyProperties('-accel', properties, ['thread']);
  const thread = properties.values.get('thread') ?? 'multi';
  if (thread !== 'multi' && thread !== 'single') throw new UserError(`-accel: thread is multi or single, not "${thread}"`);
  return thread;
}

/** `-d`: items separated by commas. */
export function parseLogItems(text: string): LogItem[] {
  const known = Object.keys(LOG_ITEMS);
  return text.split(',').filter((item) => item !== '').map((item) => {
    if (!known.includes(item)) throw new UserError(`-d: there is no log item "${item}"; there are ${known.join(', ')}`);
    return item as LogItem;
  });
}

/** What `-d help` prints. */
export function logItemsHelp(): string {
  return `Log items of -d:\n${Object.entries(LOG_ITEMS).map(([name, what]) => `  ${name.padEnd(14)}${what}\n`).join('')}`;
}

const TOP = (1n << 64n) - 1n;

/** `-dfilter`: start+length, start-length (the bytes before and start itself) or start..end. */
export function parseRanges(text: string): LogRange[] {
  return text.split(',').filter((part) => part !== '').map((part) => {
    const match = /^(0x[0-9a-f]+|\d+)(\+|-|\.\.)(0x[0-9a-f]+|\d+)$/i.exec(part);
    if (match === null) throw new UserError(`-dfilter: "${part}" is not a range; a range is start+length, start-length or start..end`);
    const start = BigInt(match[1]!);
    const other = BigInt(match[3]!);
    const [first, last] = match[2] === '..' ? [start, other]
      : match[2] === '+' ? [start, start + other - 1n] : [start - other + 1n, start];
    if (first < 0n || last < first || last > TOP) throw new UserError(`-dfilter: the range "${part}" is empty or beyond 64 bits`);
    return { first, last };
  });
}
