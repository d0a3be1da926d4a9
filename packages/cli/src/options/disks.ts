import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { DriveConfig } from '@mttcg/machine';
import { systemReason, UserError } from '../errors.ts';
import { onlyProperties, parseProperties, parseSwitch } from './values.ts';

const SECTOR = 512;
const QCOW_MAGIC = 0x514649fb;

/** A `-drive` as given. */
interface Drive {
  readonly id: string;
  readonly config: DriveConfig;
}

/** Everything that `-drive` and `-device` ask for. */
export interface DeviceConfig {
  /** Disks in the order of their devices. */
  readonly drives: readonly DriveConfig[];
  readonly rng: boolean;
  readonly console: boolean;
  /** The `-chardev` of the console. */
  readonly chardev: string | undefined;
}

const MODELS = ['virtio-blk-device', 'virtio-rng-device', 'virtio-serial-device', 'virtconsole'];

/** Makes sense of `-drive` and `-device` values. Opens nothing for longer than a look. @throws UserError */
export function parseDevices(driveTexts: readonly string[], deviceTexts: readonly string[]): DeviceConfig {
  const attached: Drive[] = [];
  const waiting = new Map<string, Drive>();
  driveTexts.forEach((text, index) => {
    const { drive, where } = parseDrive(text, index);
    if (waiting.has(drive.id)) throw new UserError(`-drive: there are two drives with the id "${drive.id}"`);
    if (where === 'virtio') attached.push(drive);
    else waiting.set(drive.id, drive);
  });
  let rng = false;
  let serial = false;
  let console = false;
  let chardev: string | undefined;
  for (const text of deviceTexts) {
    const properties = parseProperties('-device', text, true);
    const model = properties.head ?? '';
    switch (model) {
      case 'virtio-blk-device': {
        onlyProperties(`-device ${model}`, properties, ['drive', 'id']);
        const id = properties.values.get('drive');
        if (id === undefined) throw new UserError('-device virtio-blk-device: the property drive=id is missing');
        const drive = waiting.get(id);
        if (drive === undefined) throw new UserError(`-device virtio-blk-device: there is no unused -drive with if=none,id=${id}`);
        waiting.delete(id);
        attached.push(drive);
        break;
      }
      case 'virtio-rng-device':
        onlyProperties(`-device ${model}`, properties, ['id']);
        if (rng) throw new UserError('-device virtio-rng-device: one is the limit');
        rng = true;
        break;
      case 'virtio-serial-device':
        onlyProperties(`-device ${model}`, properties, ['id']);
        serial = true;
        break;
      case 'virtconsole':
        onlyProperties(`-device ${model}`, properties, ['id', 'name', 'chardev']);
        if (!serial) throw new UserError('-device virtconsole: a -device virtio-serial-device has to come before it');
        if (console) throw new UserError('-device virtconsole: one is the limit');
        console = true;
        chardev = properties.values.get('chardev');
        break;
      default:
        throw new UserError(`-device: there is no device "${model === '' ? text : model}"; there are ${MODELS.join(', ')}`);
    }
  }
  return { drives: attached.map((d) => d.config), rng, console, chardev };
}

function parseDrive(text: string, index: number): { drive: Drive; where: 'none' | 'virtio' } {
  const properties = parseProperties('-drive', text, false);
  onlyProperties('-drive', properties, ['file', 'if', 'id', 'format', 'readonly', 'media']);
  const { values } = properties;
  const path = values.get('file');
  if (path === undefined || path === '') throw new UserError(`-drive: "${text}" names no file=`);
  const where = values.get('if') ?? 'virtio';
  if (where !== 'none' && where !== 'virtio') throw new UserError(`-drive: there is no interface "${where}"; if= is none or virtio`);
  const format = values.get('format');
  if (format !== undefined && format !== 'raw') throw new UserError(`-drive: the format "${format}" is not supported; format= is raw`);
  const media = values.get('media') ?? 'disk';
  if (media !== 'disk' && media !== 'cdrom') throw new UserError(`-drive: there is no medium "${media}"; media= is disk or cdrom`);
  const readonly = parseSwitch('-drive readonly', values.get('readonly'), media === 'cdrom');
  const bytes = inspect(path, readonly, format === undefined);
  return { drive: { id: values.get('id') ?? `\0${index}`, config: { path, readonly, bytes } }, where };
}

/** Size of a disk image that can be opened as asked. That no two drives write to it is the machine's concern. */
function inspect(path: string, readonly: boolean, probe: boolean): number {
  try {
    const info = statSync(path);
    if (!info.isFile()) throw new UserError(`-drive: ${path} is not a regular file`);
    const fd = openSync(path, readonly ? 'r' : 'r+');
    try {
      const head = Buffer.alloc(4);
      if (probe && readSync(fd, head, 0, 4, 0) === 4 && head.readUInt32BE() === QCOW_MAGIC) {
        throw new UserError(`-drive: ${path} is a qcow2 image; only raw images are supported (format=raw takes it as it is)`);
      }
    } finally {
      closeSync(fd);
    }
    if (info.size < SECTOR) throw new UserError(`-drive: ${path} has ${info.size} bytes; a disk has at least one sector of ${SECTOR}`);
    return info.size;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`-drive: ${path} cannot be opened for ${readonly ? 'reading' : 'writing'} (${systemReason(error)})`);
  }
}
