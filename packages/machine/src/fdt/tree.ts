/**
 * A flattened device tree held as a tree of nodes. Cell values are 32 bits, big-endian (Devicetree Specification 0.4).
 */

/** A malformed device tree blob, or an edit that its contents do not allow. */
export class FdtError extends Error {
  override readonly name = 'FdtError';
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Big-endian bytes of 32-bit cells. */
export function cells(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i++) view.setUint32(i * 4, values[i]);
  return out;
}

/** A number below 2^53 as two cells, high one first. */
export function u64Cells(value: number): readonly [hi: number, lo: number] {
  return [Math.floor(value / 0x1_0000_0000), value % 0x1_0000_0000];
}

/** A number as `count` cells (1 or more); throws {@link FdtError} if it does not fit. */
export function sizedCells(value: number, count: number): number[] {
  const [hi, lo] = u64Cells(value);
  if (count === 0) return [];
  if (count === 1 && hi !== 0) throw new FdtError(`0x${value.toString(16)} does not fit in one 32-bit cell`);
  const out = new Array<number>(count).fill(0);
  out[count - 1] = lo;
  if (count > 1) out[count - 2] = hi;
  return out;
}

/** Strings, each ended by a zero byte, one after the other. */
export function strings(...values: readonly string[]): Uint8Array {
  return encoder.encode(values.map((value) => `${value}\0`).join(''));
}

/** One node. Properties and children keep the order in which they were added. */
export class FdtNode {
  readonly name: string;
  readonly properties = new Map<string, Uint8Array>();
  readonly children: FdtNode[] = [];

  /** @param name with its unit address (`cpu@0`); empty for the root */
  constructor(name: string) {
    this.name = name;
  }

  /** Adds a child, or returns the one of that name. */
  add(name: string): FdtNode {
    const old = this.child(name);
    if (old !== undefined) return old;
    const node = new FdtNode(name);
    this.children.push(node);
    return node;
  }

  /** The child with exactly this name. */
  child(name: string): FdtNode | undefined {
    return this.children.find((node) => node.name === name);
  }

  /** The node at an absolute path below this one (`/cpus/cpu@0`). */
  at(path: string): FdtNode | undefined {
    return path.split('/').reduce<FdtNode | undefined>((node, part) => (part === '' ? node : node?.child(part)), this);
  }

  /** Takes away each child that `match` accepts. */
  removeChildren(match: (node: FdtNode) => boolean): void {
    for (let i = this.children.length - 1; i >= 0; i--) {
      if (match(this.children[i])) this.children.splice(i, 1);
    }
  }

  /** An empty property: its presence is its value. */
  flag(name: string): this {
    return this.bytes(name, new Uint8Array(0));
  }

  bytes(name: string, value: Uint8Array): this {
    this.properties.set(name, value);
    return this;
  }

  /** 32-bit cells. */
  cells(name: string, ...values: readonly number[]): this {
    return this.bytes(name, cells(...values));
  }

  /** Pairs of cells, one per value, high half first. */
  u64(name: string, ...values: readonly number[]): this {
    return this.bytes(name, cells(...values.flatMap(u64Cells)));
  }

  strings(name: string, ...values: readonly string[]): this {
    return this.bytes(name, strings(...values));
  }

  /** First cell of a property, or undefined when it is absent or too short. */
  getU32(name: string): number | undefined {
    const value = this.properties.get(name);
    if (value === undefined || value.length < 4) return undefined;
    return new DataView(value.buffer, value.byteOffset, value.length).getUint32(0);
  }

  /** All cells of a property. */
  getCells(name: string): number[] | undefined {
    const value = this.properties.get(name);
    if (value === undefined) return undefined;
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    return Array.from({ length: value.length >> 2 }, (_, i) => view.getUint32(i * 4));
  }

  /** The strings of a property. */
  getStrings(name: string): string[] | undefined {
    const value = this.properties.get(name);
    if (value === undefined) return undefined;
    const text = decoder.decode(value);
    return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
  }
}

/** A whole device tree: the nodes and what the blob's header adds to them. */
export interface FdtTree {
  readonly root: FdtNode;
  /** Ranges of memory that the client program must not touch. */
  readonly reserved: readonly { readonly address: number; readonly size: number }[];
  /** Physical id of the CPU that boots. */
  readonly bootCpu: number;
}
