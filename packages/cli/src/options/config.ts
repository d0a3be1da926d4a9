import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogItem, LogRange } from '@mttcg/machine';
import { systemReason, UserError } from '../errors.ts';
import { type DeviceConfig, parseDevices } from './disks.ts';
import { parsePorts, type PortsConfig } from './serial.ts';
import type { OptionValues } from './table.ts';
import { onlyProperties, parseAccel, parseCpus, parseLogItems, parseProperties, parseRanges, parseSize } from './values.ts';

/** How to log. */
export interface LogConfig {
  readonly items: readonly LogItem[];
  readonly ranges: readonly LogRange[];
  readonly file: string | undefined;
}

/** What `mttcg run` was asked for, with files still to be read. */
export interface RunConfig {
  readonly cpuModel: string | undefined;
  readonly cpus: number;
  readonly ramBytes: number;
  readonly thread: 'multi' | 'single';
  readonly dumpDtb: string | undefined;
  readonly image: string | undefined;
  readonly imageDir: string | undefined;
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly append: string | undefined;
  readonly dtb: string | undefined;
  readonly devices: DeviceConfig;
  readonly ports: PortsConfig;
  readonly paused: boolean;
  readonly noReboot: boolean;
  readonly log: LogConfig;
}

const DEFAULT_RAM = 128 << 20;

/** @throws UserError for the first value that makes no sense */
export function runConfig(values: OptionValues): RunConfig {
  const { single, repeated, switches } = values;
  const get = (name: string): string | undefined => single.get(name);
  const board = parseBoard(get('M') ?? 'virt');
  const display = get('display');
  if (display !== undefined && display !== 'none') throw new UserError(`-display: there is no display "${display}"; -display is none`);
  const devices = parseDevices(repeated.get('drive') ?? [], repeated.get('device') ?? []);
  const config: RunConfig = {
    ...cpuConfig(values),
    ramBytes: get('m') === undefined ? DEFAULT_RAM : parseSize('-m', get('m')!),
    dumpDtb: board.dumpDtb,
    image: get('image'),
    imageDir: get('image-dir'),
    kernel: get('kernel'),
    initrd: get('initrd'),
    append: get('append'),
    dtb: get('dtb'),
    devices,
    ports: parsePorts(values, devices.chardev),
    paused: switches.has('S'),
    noReboot: switches.has('no-reboot'),
    log: logConfig(values),
  };
  if (config.image !== undefined && config.kernel !== undefined) throw new UserError('-image: it brings its own kernel; -kernel cannot be given beside it');
  return config;
}

/** `-cpu`, `-smp`, `-accel`: what run and demo share. */
export function cpuConfig({ single }: OptionValues, cpus = 1): Pick<RunConfig, 'cpuModel' | 'cpus' | 'thread'> {
  const smp = single.get('smp');
  return {
    cpuModel: single.get('cpu'),
    cpus: smp === undefined ? cpus : parseCpus(smp),
    thread: parseAccel(single.get('accel') ?? 'tcg'),
  };
}

/** `-d`, `-D`, `-dfilter`. */
export function logConfig({ single }: OptionValues): LogConfig {
  const file = single.get('D');
  const items = parseLogItems(single.get('d') ?? '');
  if (file !== undefined) {
    try {
      const directory = dirname(file);
      if (!statSync(directory).isDirectory()) throw new UserError(`-D: ${directory} is not a directory`);
      accessSync(directory, constants.W_OK);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`-D: ${file} cannot be written (${systemReason(error)})`);
    }
  }
  return { items, ranges: parseRanges(single.get('dfilter') ?? ''), file };
}

/** `-M`. */
function parseBoard(text: string): { dumpDtb: string | undefined } {
  const properties = parseProperties('-M', text, true);
  const type = properties.head ?? properties.values.get('type');
  if (type !== 'virt' && (type !== undefined || properties.values.size === 0)) throw new UserError(`-M: there is no board "${type ?? text}"; there is virt`);
  onlyProperties('-M', properties, ['type', 'dumpdtb', 'gic-version', 'accel']);
  const gic = properties.values.get('gic-version') ?? '2';
  if (gic !== '2') throw new UserError(`-M: gic-version is 2 on this board, not "${gic}"`);
  const accel = properties.values.get('accel') ?? 'tcg';
  if (accel !== 'tcg') throw new UserError(`-M: there is no accelerator "${accel}"; there is tcg`);
  const dumpDtb = properties.values.get('dumpdtb');
  if (dumpDtb === '') throw new UserError('-M: dumpdtb= needs a file name');
  return { dumpDtb };
}

/** Largest file that Node reads at once. */
const READ_LIMIT = 2 ** 31 - 1;

/** A file (or pipe) named by an option, whole. @throws UserError */
export function readInput(option: string, path: string): Uint8Array {
  try {
    const info = statSync(path);
    if (info.isDirectory()) throw new UserError(`${option}: ${path} is a directory`);
    if (!info.isFile() && !info.isFIFO()) throw new UserError(`${option}: ${path} is neither a file nor a pipe`);
    if (info.size > READ_LIMIT) throw new UserError(`${option}: ${path} is too large; the limit is 2 GiB`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${option}: ${path} cannot be read (${systemReason(error)})`);
  }
}
