import {
  assertValid, Builder, Cond, Interpreter, IrFunction, makeMemOp, Optimizer, printFunction, TbExit, Type, WasmCompiler, type WasmTarget,
} from '@mttcg/tcg-ir';

// The CPU state: at `env` in one shared memory. Two registers and the pc are globals, cached in wasm locals.
const target: WasmTarget = {
  pageBits: 12,
  env: { pc: 1024, insnWord: 32, exitRequest: 0, currentTb: 24, scratch: 48, jumpCache: 28, tlb: 64 },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
  insnAlignBits: 2,
};
const globals = ['pc', 'sum', 'addr'].map((name, i) => ({ name, type: Type.I64, offset: 1024 + i * 8 }));
const [SUM, ADDR] = [2, 3]; // temp 0 is env, the globals follow
const ENV = 4096;

// do { sum += *addr & 0xff; addr += 8 } while (addr < 0x120)
const fn = new IrFunction(globals, []);
const b = new Builder(fn);
const again = b.newLabel();
b.setLabel(again);
b.insnStart(0x1000, 0);
const [value, low] = [b.newI64(), b.newI64()];
b.guestLdI64(value, ADDR, makeMemOp(3, 0));
b.andI64(low, value, b.constI64(0xff, 0));
b.addI64(SUM, SUM, low);
b.addiI64(ADDR, ADDR, 8);
b.brcondI64(ADDR, b.constI64(0x120, 0), Cond.LTU, again);
b.exitTb(TbExit.MAIN_LOOP);

assertValid(fn);
new Optimizer().run(fn);
console.log(printFunction(fn));

// Guest memory: a page of it, seen through the slow path only (the TLB stays empty).
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const view = new DataView(memory.buffer);
for (let i = 0; i < 4; i++) view.setBigUint64(0x3000 + 0x100 + i * 8, BigInt(1000 + i), true);
const load = (lo: number): number => {
  view.setBigUint64(ENV + target.env.scratch, view.getBigUint64(0x3000 + lo, true), true);
  return 0;
};
const start = (): void => {
  view.setBigUint64(ENV + globals[1].offset, 0n, true);
  view.setBigUint64(ENV + globals[2].offset, 0x100n, true);
};
const result = (): bigint => view.getBigUint64(ENV + globals[1].offset, true);

// Once interpreted, once compiled.
const unit = { tb: 1, flags: 0, slotAddr: 64 };
start();
new Interpreter({ target, memory, guest: { load, store: () => 1, atomic: () => 0 } }).run(fn, ENV, unit);
console.log('interpreted', result());

view.setUint32(ENV + target.env.tlb + 4, 0x2000, true); // one TLB entry, empty: no tag matches
new Uint8Array(memory.buffer).fill(0xff, 0x2000, 0x2020);
const table = new WebAssembly.Table({ initial: 2, element: 'anyfunc' });
const bytes = new WasmCompiler(target).compileModule([{ fn, ...unit }]);
await WebAssembly.instantiate(bytes as BufferSource, { env: { memory, table }, h: { mmu_ld: load } });
start();
(table.get(unit.tb) as (env: number) => number)(ENV);
console.log('compiled', result());
