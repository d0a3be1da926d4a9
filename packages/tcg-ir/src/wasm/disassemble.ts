import { Section } from './module-writer.ts';
import { W } from './opcode.ts';

/** Text names by opcode; the seven widths of each atomic operation are spelled out here. */
function makeNames(): Map<number, string> {
  const names = new Map<number, string>();
  for (const [name, code] of Object.entries(W)) {
    const plain = /^(br|call|return)_/.test(name);
    names.set(code, plain ? name : name.replace(/^([a-z0-9]+)_/, '$1.').replace('.atomic_', '.atomic.'));
  }
  ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'].forEach((operation, group) => {
    ['i32.atomic.rmw.', 'i64.atomic.rmw.', 'i32.atomic.rmw8.', 'i32.atomic.rmw16.', 'i64.atomic.rmw8.', 'i64.atomic.rmw16.', 'i64.atomic.rmw32.']
      .forEach((prefix, k) => names.set(W.i32_atomic_rmw_add + group * 7 + k, `${prefix}${operation}${k < 2 ? '' : '_u'}`));
  });
  return names;
}

const TYPES: Readonly<Record<number, string>> = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64', 0x7b: 'v128', 0x70: 'funcref' };

/**
 * Text of a module: one line per instruction, indented by nesting, in the names of the text format. For logs, tests
 * and curiosity; it knows what this package writes, not all of WebAssembly. Throws a RangeError on other bytes.
 */
export class WasmDisassembler {
  readonly #names = makeNames();
  #bytes: Uint8Array = new Uint8Array(0);
  #pos = 0;
  /** Function types and the names of imported functions, then the types of the module's own. */
  #types: string[] = [];
  #functions: string[] = [];
  #funcTypes: number[] = [];
  /** Table slots by function index. */
  #slots = new Map<number, number>();

  run(bytes: Uint8Array): string {
    this.#bytes = bytes;
    this.#pos = 8;
    this.#types = [];
    this.#functions = [];
    this.#funcTypes = [];
    this.#slots = new Map();
    const out: string[] = [];
    while (this.#pos < bytes.length) {
      const id = bytes[this.#pos++];
      const end = this.#u32() + this.#pos;
      if (id === Section.TYPE) this.#vector(() => this.#types.push(this.#funcType()));
      else if (id === Section.IMPORT) this.#vector(() => this.#import());
      else if (id === Section.FUNCTION) this.#vector(() => this.#funcTypes.push(this.#u32()));
      else if (id === Section.ELEMENT) this.#vector(() => this.#element());
      else if (id === Section.CODE) this.#code(out);
      this.#pos = end;
    }
    return out.join('\n');
  }

  #vector(item: () => void): void {
    for (let n = this.#u32(); n > 0; n--) item();
  }

  #funcType(): string {
    this.#pos++;
    const list = (): string => {
      const types: string[] = [];
      this.#vector(() => types.push(TYPES[this.#bytes[this.#pos++]]));
      return types.join(' ');
    };
    return `(${list()}) -> (${list()})`;
  }

  #import(): void {
    const name = `${this.#name()}.${this.#name()}`;
    const kind = this.#bytes[this.#pos++];
    if (kind === 0) {
      this.#u32();
      this.#functions.push(name);
      return;
    }
    if (kind === 1) this.#pos++;
    if ((this.#u32() & 1) !== 0) this.#u32();
    this.#u32();
  }

  #element(): void {
    this.#u32();
    this.#pos++;
    let slot = Number(this.#s64());
    this.#pos++;
    this.#vector(() => this.#slots.set(this.#u32(), slot++));
  }

  #code(out: string[]): void {
    let k = 0;
    this.#vector(() => {
      const end = this.#u32() + this.#pos;
      const index = this.#functions.length + k;
      const slot = this.#slots.get(index);
      out.push(`func ${index}${slot === undefined ? '' : ` table ${slot}`} ${this.#types[this.#funcTypes[k++]]}`);
      const locals: string[] = [];
      this.#vector(() => {
        const n = this.#u32();
        const type = TYPES[this.#bytes[this.#pos++]];
        for (let i = 0; i < n; i++) locals.push(type);
      });
      if (locals.length > 0) out.push(`  local ${locals.join(' ')}`);
      let depth = 1;
      while (this.#pos < end) {
        const code = this.#opcode();
        if (code === W.end || code === W.else) depth--;
        out.push('  '.repeat(Math.max(depth, 0)) + this.#instruction(code));
        if (code === W.block || code === W.loop || code === W.if || code === W.else) depth++;
      }
    });
  }

  #opcode(): number {
    const first = this.#bytes[this.#pos++];
    return first < 0xfc ? first : (first << 16) | this.#u32();
  }

  #instruction(code: number): string {
    const name = this.#names.get(code);
    if (name === undefined) throw new RangeError(`opcode 0x${code.toString(16)} at ${this.#pos} is not known`);
    const memory = (): string => {
      this.#u32();
      const offset = this.#u32();
      return offset === 0 ? name : `${name} ${offset}`;
    };
    switch (code) {
      case W.block: case W.loop: case W.if: {
        const type = TYPES[this.#bytes[this.#pos++]];
        return type === undefined ? name : `${name} ${type}`;
      }
      case W.call: {
        const f = this.#u32();
        return `${name} ${this.#functions[f] ?? f}`;
      }
      case W.br: case W.br_if: case W.local_get: case W.local_set: case W.local_tee: case W.global_get: case W.global_set:
        return `${name} ${this.#u32()}`;
      case W.br_table: {
        const targets: number[] = [];
        this.#vector(() => targets.push(this.#u32()));
        return `${name} ${targets.join(' ')} ${this.#u32()}`;
      }
      case W.call_indirect: return `${name} ${this.#types[this.#u32()]} table ${this.#u32()}`;
      case W.i32_const: case W.i64_const: return `${name} ${this.#s64()}`;
      case W.f32_const: return `${name} 0x${this.#raw(4)}`;
      case W.f64_const: return `${name} 0x${this.#raw(8)}`;
      case W.v128_const: case W.i8x16_shuffle: return `${name} 0x${this.#raw(16)}`;
      case W.memory_size: case W.memory_grow: case W.memory_fill: case W.atomic_fence:
        this.#pos++;
        return name;
      case W.memory_copy:
        this.#pos += 2;
        return name;
    }
    if (code >= W.i32_load && code <= W.i64_store32) return memory();
    if (code >> 16 === 0xfe) return memory();
    if (code >= W.v128_load && code <= W.v128_store) return memory();
    if (code === W.v128_load32_zero || code === W.v128_load64_zero) return memory();
    if (code >= W.i8x16_extract_lane_s && code <= W.f64x2_replace_lane) return `${name} ${this.#bytes[this.#pos++]}`;
    return name;
  }

  /** Bytes as a number's hexadecimal digits: the last byte first. */
  #raw(n: number): string {
    let text = '';
    for (let i = 0; i < n; i++) text = this.#bytes[this.#pos++].toString(16).padStart(2, '0') + text;
    return text;
  }

  #name(): string {
    const n = this.#u32();
    const text = String.fromCharCode(...this.#bytes.subarray(this.#pos, this.#pos + n));
    this.#pos += n;
    return text;
  }

  #u32(): number {
    let v = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#pos++];
      v |= (byte & 0x7f) << shift;
      if (byte < 0x80) return v >>> 0;
    }
  }

  #s64(): bigint {
    let v = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#pos++];
      v |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, v);
    }
  }
}

/** Text of one module, for occasional use. */
export function disassembleModule(bytes: Uint8Array): string {
  return new WasmDisassembler().run(bytes);
}
