/** Where the blocks of a function end: found in one pass over its code, before it runs. */
import { ModelError } from '../error.ts';
import { isLoad, isStore, WasmMemory } from './memory.ts';
import { type DefinedFunction, I32, I64, type WasmModule } from './module.ts';
import { binary, unary } from './numeric.ts';
import { Reader } from './reader.ts';

export interface Block {
  /** Position after the block's type. */
  readonly body: number;
  /** Position after its `else`, if it has one. */
  otherwise: number | undefined;
  /** Position after its `end`. */
  end: number;
  readonly params: number;
  readonly results: number;
}

/** Blocks by the position of their opcode. */
export type Control = ReadonlyMap<number, Block>;

function blockType(module: WasmModule, reader: Reader): { params: number; results: number } {
  const type = Number(reader.signed(33));
  if (type === -64) return { params: 0, results: 0 };
  if (type >= 0) return { params: module.types[type].params.length, results: module.types[type].results.length };
  if ((type & 0x7f) === I32 || (type & 0x7f) === I64) return { params: 0, results: 1 };
  throw new ModelError('ERR_UNSUPPORTED', `wasm: a block of type 0x${(type & 0x7f).toString(16)} cannot be explored`);
}

/** @throws ModelError ERR_UNSUPPORTED naming the first opcode that the interpreter does not have */
export function findControl(module: WasmModule, { start, end }: DefinedFunction): Control {
  const reader = new Reader(module.bytes, start);
  const blocks = new Map<number, Block>();
  const open: Block[] = [];
  while (reader.at < end) {
    const at = reader.at;
    const opcode = reader.byte();
    if (opcode >= 0x02 && opcode <= 0x04) {
      const block: Block = { ...blockType(module, reader), body: reader.at, otherwise: undefined, end };
      blocks.set(at, block);
      open.push(block);
    } else if (opcode === 0x05) open.at(-1)!.otherwise = reader.at;
    else if (opcode === 0x0b) {
      const block = open.pop();
      if (block !== undefined) block.end = reader.at;
    } else skipImmediates(reader, opcode);
  }
  return blocks;
}

function skipImmediates(reader: Reader, opcode: number): void {
  if (opcode === 0x41) reader.signed(32);
  else if (opcode === 0x42) reader.signed(64);
  else if (opcode === 0x0e) {
    reader.vector(() => reader.leb());
    reader.leb();
  } else if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10 || (opcode >= 0x20 && opcode <= 0x24)) reader.leb();
  else if (opcode === 0x1c) reader.vector(() => reader.byte());
  else if (opcode === 0x3f) reader.byte();
  else if (isLoad(opcode) || isStore(opcode)) {
    reader.leb();
    reader.leb();
  } else if (opcode === 0xfe) {
    const atomic = reader.leb();
    if (atomic === 0x03) reader.byte();
    else if (WasmMemory.operands(atomic) === undefined) throw unknownOpcode(`fe ${hex(atomic)}`);
    else {
      reader.leb();
      reader.leb();
    }
  } else if (opcode === 0xfc) throw unknownOpcode(`fc ${hex(reader.leb())}`);
  else if (!(opcode <= 0x01 || opcode === 0x0f || opcode === 0x1a || opcode === 0x1b) && unary(opcode) === undefined && binary(opcode) === undefined) {
    throw unknownOpcode(hex(opcode));
  }
}

const hex = (value: number): string => value.toString(16).padStart(2, '0');

function unknownOpcode(opcode: string): ModelError {
  return new ModelError('ERR_UNSUPPORTED', `wasm: opcode ${opcode} cannot be explored`);
}
