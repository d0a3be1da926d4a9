import { FDT_BEGIN_NODE, FDT_END, FDT_END_NODE, FDT_MAGIC, FDT_NOP, FDT_PROP, HEADER, HEADER_SIZE } from './format.ts';
import { FdtError, FdtNode } from './tree.ts';
import type { FdtTree } from './tree.ts';

const decoder = new TextDecoder();

/** Deepest nesting accepted: real trees stay under 10, and the walk below must stay bounded. */
const MAX_DEPTH = 64;

/**
 * Reads a blob of version 16 or 17. Every offset and length in it is checked; whatever is wrong is an {@link FdtError}.
 * Property values are copies.
 */
export function parseFdt(blob: Uint8Array): FdtTree {
  if (blob.length < HEADER_SIZE) throw new FdtError('too short for a device tree header');
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  if (view.getUint32(HEADER.magic) !== FDT_MAGIC) throw new FdtError('no device tree magic number');
  const total = view.getUint32(HEADER.totalsize);
  if (total > blob.length) throw new FdtError(`truncated: the header says ${total} bytes, there are ${blob.length}`);
  const version = view.getUint32(HEADER.version);
  const oldest = view.getUint32(HEADER.lastCompVersion);
  if (version < 16 || oldest > 17) throw new FdtError(`device tree version ${version} is not supported`);

  const structStart = view.getUint32(HEADER.offDtStruct);
  const structEnd = version >= 17 ? structStart + view.getUint32(HEADER.sizeDtStruct) : total;
  const stringsStart = view.getUint32(HEADER.offDtStrings);
  const stringsEnd = stringsStart + view.getUint32(HEADER.sizeDtStrings);
  if (structStart % 4 !== 0 || structStart < HEADER_SIZE || structEnd > total || stringsEnd > total) {
    throw new FdtError('a block lies outside of the blob');
  }

  const stringAt = (start: number, limit: number): string => {
    const end = start < limit ? blob.indexOf(0, start) : -1;
    if (end < 0 || end >= limit) throw new FdtError('a name runs past the end of its block');
    return decoder.decode(blob.subarray(start, end));
  };
  const word = (at: number): number => {
    if (at + 4 > structEnd) throw new FdtError('the structure block ends in the middle of a token');
    return view.getUint32(at);
  };

  let root: FdtNode | undefined;
  const open: FdtNode[] = [];
  for (let at = structStart; ; ) {
    const token = word(at);
    at += 4;
    if (token === FDT_NOP) continue;
    if (token === FDT_END) break;
    const node = open.at(-1);
    switch (token) {
      case FDT_BEGIN_NODE: {
        const nameEnd = blob.indexOf(0, at);
        const child = new FdtNode(stringAt(at, structEnd));
        at = (nameEnd + 4) & ~3;
        if (node !== undefined) node.children.push(child);
        else if (root === undefined) root = child;
        else throw new FdtError('more than one root node');
        open.push(child);
        if (open.length > MAX_DEPTH) throw new FdtError('nodes are nested too deeply');
        break;
      }
      case FDT_PROP: {
        const length = word(at);
        const name = stringAt(stringsStart + word(at + 4), stringsEnd);
        at += 8;
        if (at + length > structEnd) throw new FdtError(`property "${name}" runs past the end of the structure block`);
        if (node === undefined) throw new FdtError(`property "${name}" lies outside of all nodes`);
        node.bytes(name, blob.slice(at, at + length));
        at = (at + length + 3) & ~3;
        break;
      }
      case FDT_END_NODE:
        if (open.pop() === undefined) throw new FdtError('a node ends that did not begin');
        break;
      default:
        throw new FdtError(`unknown token ${token} in the structure block`);
    }
  }
  if (root === undefined || open.length !== 0) throw new FdtError('the tree is not complete');
  return { root, reserved: readReserved(view, total), bootCpu: view.getUint32(HEADER.bootCpuidPhys) };
}

function readReserved(view: DataView, total: number): FdtTree['reserved'] {
  const out: { address: number; size: number }[] = [];
  for (let at = view.getUint32(HEADER.offMemRsvmap); ; at += 16) {
    if (at + 16 > total) throw new FdtError('the memory reservation block has no end');
    const address = view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
    const size = view.getUint32(at + 8) * 0x1_0000_0000 + view.getUint32(at + 12);
    if (address === 0 && size === 0) return out;
    out.push({ address, size });
  }
}
