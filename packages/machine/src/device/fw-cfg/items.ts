import type { FwCfgFile } from './index.ts';

const KEY_SIGNATURE = 0x00;
const KEY_ID = 0x01;
const KEY_NB_CPUS = 0x05;
const KEY_MAX_CPUS = 0x0f;
const KEY_FILE_DIR = 0x19;
const KEY_FIRST_FILE = 0x20;

/** Feature bits of the ID item. */
const ID_TRADITIONAL = 1;
const ID_DMA = 2;

const NAME_SIZE = 56;
const ENTRY_SIZE = 64;

/** Items by key. Numbers in items are little-endian, those in the file directory big-endian. */
export type FwCfgItems = ReadonlyMap<number, Uint8Array>;

export function buildItems(cpus: number, files: readonly FwCfgFile[]): FwCfgItems {
  const items = new Map<number, Uint8Array>([
    [KEY_SIGNATURE, new TextEncoder().encode('QEMU')],
    [KEY_ID, Uint8Array.of(ID_TRADITIONAL | ID_DMA, 0, 0, 0)],
    [KEY_NB_CPUS, Uint8Array.of(cpus, 0)],
    [KEY_MAX_CPUS, Uint8Array.of(cpus, 0)],
  ]);
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const directory = new Uint8Array(4 + sorted.length * ENTRY_SIZE);
  const view = new DataView(directory.buffer);
  view.setUint32(0, sorted.length);
  sorted.forEach(({ name, data }, i) => {
    const bytes = new TextEncoder().encode(name);
    if (bytes.length >= NAME_SIZE) throw new RangeError(`fw_cfg: the file name "${name}" is longer than ${NAME_SIZE - 1} bytes`);
    const at = 4 + i * ENTRY_SIZE;
    view.setUint32(at, data.length);
    view.setUint16(at + 4, KEY_FIRST_FILE + i);
    directory.set(bytes, at + 8);
    items.set(KEY_FIRST_FILE + i, data);
  });
  items.set(KEY_FILE_DIR, directory);
  return items;
}
