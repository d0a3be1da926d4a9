import {
  FDT_BEGIN_NODE, FDT_END, FDT_END_NODE, FDT_LAST_COMPATIBLE_VERSION, FDT_MAGIC, FDT_PROP, FDT_VERSION, HEADER,
  HEADER_SIZE,
} from './format.ts';
import { u64Cells } from './tree.ts';
import type { FdtTree , FdtNode} from './tree.ts';

const encoder = new TextEncoder();

/** A byte buffer that grows; words are big-endian. */
class Writer {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  #room(extra: number): void {
    if (this.length + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + extra));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  u32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.length, value);
    this.length += 4;
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Zero bytes up to the next multiple of 4. */
  align4(): void {
    while (this.length % 4 !== 0) this.bytes(ZERO);
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

const ZERO = new Uint8Array(1);

/** Property names, each stored once. */
class StringTable {
  readonly writer = new Writer();
  readonly #offsets = new Map<string, number>();

  offset(name: string): number {
    let offset = this.#offsets.get(name);
    if (offset === undefined) {
      offset = this.writer.length;
      this.#offsets.set(name, offset);
      this.writer.bytes(encoder.encode(`${name}\0`));
    }
    return offset;
  }
}

function writeNode(out: Writer, names: StringTable, node: FdtNode): void {
  out.u32(FDT_BEGIN_NODE);
  out.bytes(encoder.encode(`${node.name}\0`));
  out.align4();
  for (const [name, value] of node.properties) {
    out.u32(FDT_PROP);
    out.u32(value.length);
    out.u32(names.offset(name));
    out.bytes(value);
    out.align4();
  }
  for (const child of node.children) writeNode(out, names, child);
  out.u32(FDT_END_NODE);
}

/** The blob of a tree, version 17, as short as it can be. */
export function writeFdt(tree: FdtTree): Uint8Array {
  const struct = new Writer();
  const names = new StringTable();
  writeNode(struct, names, tree.root);
  struct.u32(FDT_END);

  const reserved = new Writer();
  for (const range of [...tree.reserved, { address: 0, size: 0 }]) {
    for (const word of [...u64Cells(range.address), ...u64Cells(range.size)]) reserved.u32(word);
  }

  const offReserved = HEADER_SIZE;
  const offStruct = offReserved + reserved.length;
  const offStrings = offStruct + struct.length;
  const blob = new Uint8Array(offStrings + names.writer.length);
  blob.set(reserved.take(), offReserved);
  blob.set(struct.take(), offStruct);
  blob.set(names.writer.take(), offStrings);

  const header = new DataView(blob.buffer);
  header.setUint32(HEADER.magic, FDT_MAGIC);
  header.setUint32(HEADER.totalsize, blob.length);
  header.setUint32(HEADER.offDtStruct, offStruct);
  header.setUint32(HEADER.offDtStrings, offStrings);
  header.setUint32(HEADER.offMemRsvmap, offReserved);
  header.setUint32(HEADER.version, FDT_VERSION);
  header.setUint32(HEADER.lastCompVersion, FDT_LAST_COMPATIBLE_VERSION);
  header.setUint32(HEADER.bootCpuidPhys, tree.bootCpu);
  header.setUint32(HEADER.sizeDtStrings, names.writer.length);
  header.setUint32(HEADER.sizeDtStruct, struct.length);
  return blob;
}
