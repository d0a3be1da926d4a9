/** What generated code costs when it runs: hops between TBs, guest loads and stores through the TLB, region loops. */
import {
  Builder, compileDispatcher, compileStub, type CompileOptions, Cond, IrFunction, makeMemOp, TbExit, WasmCompiler,
} from '@mttcg/tcg-ir';
import { GLOBALS, TARGET } from './sample.ts';

const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65536, shared: true });
const view = new DataView(memory.buffer);
const instantiate = (bytes: Uint8Array, imports: WebAssembly.Imports): WebAssembly.Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), imports).exports;
const table = new WebAssembly.Table({ initial: 256, element: 'anyfunc' }, instantiate(compileStub(), {})['stub']);
const run = instantiate(compileDispatcher(TARGET), { env: { memory, table } })['run'] as (env: number, tb: number) => number;

const ENV = 4096;
const TLB = 0x10000;
const SLOTS = 0x20000;
const RAM = 0x100000;
const RAM_BYTES = 32 << 20;
const compiler = new WasmCompiler(TARGET);
const PC = 33;

/** 4096 entries that map guest addresses from 0 on to RAM. */
view.setUint32(ENV + TARGET.env.tlb, 8191 << 5, true);
view.setUint32(ENV + TARGET.env.tlb + 4, TLB + 0x40000, true);
for (let page = 0; page < RAM_BYTES >> 12; page++) {
  const entry = TLB + 0x40000 + page * 32;
  for (const tag of [0, 8, 16]) view.setBigUint64(entry + tag, BigInt(page) << 12n, true);
  view.setUint32(entry + 24, RAM, true);
}
const fail = (): never => { throw new Error('slow path in a benchmark'); };
const h = { mmu_ld: fail, mmu_st: fail, mmu_atomic: fail };

function load(fn: IrFunction, tb: number, options?: CompileOptions, expect0 = 0): void {
  instantiate(compiler.compileModule([{ fn, tb, flags: 0, slotAddr: SLOTS + tb * 8, expect0 }], options), { env: { memory, table }, h });
}

const reg = (k: number): number => ENV + GLOBALS[k].offset;
function set(k: number, value: bigint): void { view.setBigUint64(reg(k), value, true); }

/** Best time in ns of several runs, after warming up. */
function best(body: () => void, warm = 5, rounds = 7): number {
  for (let i = 0; i < warm; i++) body();
  let t = Infinity;
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    body();
    t = Math.min(t, performance.now() - start);
  }
  return t * 1e6;
}

// Two TBs that jump to each other through slots: x0 -= 1; stop at 0 in the first.
{
  const HOPS = 4_000_000;
  const first = new IrFunction(GLOBALS, []);
  let b = new Builder(first);
  const out = b.newLabel();
  b.insnStart(0x1000, 0);
  b.addiI64(1, 1, -1);
  b.brcondI64(1, b.constI64(0, 0), Cond.EQ, out);
  b.movI64(PC, b.constI64(0x1008, 0));
  b.gotoTb(0);
  b.setLabel(out);
  b.exitTb(TbExit.SPECIAL);
  const second = new IrFunction(GLOBALS, []);
  b = new Builder(second);
  b.insnStart(0x1008, 0);
  b.addiI64(2, 2, 3);
  b.movI64(PC, b.constI64(0x1000, 0));
  b.gotoTb(0);
  view.setInt32(SLOTS + 8, 2, true);
  view.setInt32(SLOTS + 16, 1, true);
  for (const known of [false, true]) {
    load(first, 1, {}, known ? 2 : 0);
    load(second, 2, {}, known ? 1 : 0);
    const t = best(() => { set(0, BigInt(HOPS / 2)); run(ENV, 1); });
    console.log(`two-TB loop through the dispatcher${known ? ', destinations expected' : ''}: ${(t / HOPS).toFixed(2)} ns per hop`);
  }
}

// The same as one region.
{
  const fn = new IrFunction(GLOBALS, []);
  const b = new Builder(fn);
  const [head, out] = [b.newLabel(), b.newLabel()];
  b.insnStart(0x1000, 0);
  b.setLabel(head);
  b.insnStart(0x1000, 0);
  b.addiI64(1, 1, -1);
  b.brcondI64(1, b.constI64(0, 0), Cond.EQ, out);
  b.insnStart(0x1008, 0);
  b.addiI64(2, 2, 3);
  b.br(head);
  b.setLabel(out);
  b.exitTb(TbExit.SPECIAL);
  for (const pollBackEdges of [false, true]) {
    load(fn, 3, { pollBackEdges });
    const N = 10_000_000;
    const t = best(() => { set(0, BigInt(N)); run(ENV, 3); });
    console.log(`the same as one region${pollBackEdges ? ', polled' : ''}: ${(t / N / 2).toFixed(2)} ns per TB`);
  }
}

// Sum or fill an array: guest accesses through the TLB in a region.
for (const kind of ['load', 'store', 'ordered load', 'two loads'] as const) {
  const fn = new IrFunction(GLOBALS, []);
  const b = new Builder(fn);
  const head = b.newLabel();
  b.insnStart(0x1000, 0);
  b.setLabel(head);
  b.insnStart(0x1000, 0);
  const memop = makeMemOp(3, 0, kind === 'ordered load', kind === 'ordered load' ? 256 : 0);
  if (kind === 'store') {
    b.guestStI64(2, 1, memop);
  } else {
    const t = b.newI64();
    b.guestLdI64(t, 1, memop);
    b.addI64(2, 2, t);
    if (kind === 'two loads') {
      b.insnStart(0x1004, 0);
      const [a, u] = [b.newI64(), b.newI64()];
      b.addiI64(a, 1, 0x8000);
      b.guestLdI64(u, a, memop);
      b.addI64(3, 3, u);
    }
  }
  b.insnStart(0x1008, 0);
  b.addiI64(1, 1, 8);
  b.brcondI64(1, 4, Cond.LTU, head);
  b.exitTb(TbExit.SPECIAL);
  load(fn, 4, { pollBackEdges: true });
  const bytes = 32768;
  const t = best(() => {
    set(3, BigInt(bytes));
    for (let i = 0; i < 100; i++) {
      set(0, 0n);
      run(ENV, 4);
    }
  }, 20);
  console.log(`${kind} through the TLB, add, loop, poll: ${(t / (100 * bytes / 8)).toFixed(2)} ns per iteration`);
}

// Many live registers around guest accesses: what a slow path's call costs the fast path in spills.
{
  const fn = new IrFunction(GLOBALS, []);
  const b = new Builder(fn);
  const head = b.newLabel();
  b.insnStart(0x1000, 0);
  b.setLabel(head);
  for (let k = 0; k < 6; k++) {
    b.insnStart(0x1000 + 4 * k, 0);
    const [t, a] = [b.newI64(), b.newI64()];
    b.addiI64(a, 1, 4096 * k);
    b.guestLdI64(t, a, makeMemOp(3, 0));
    b.addI64(5 + k, 5 + k, t);
    b.xorI64(11 + k, 11 + k, 5 + k);
  }
  b.insnStart(0x1020, 0);
  b.addiI64(1, 1, 8);
  b.brcondI64(1, 4, Cond.LTU, head);
  b.exitTb(TbExit.SPECIAL);
  load(fn, 6, { pollBackEdges: true });
  const bytes = 4096;
  const t = best(() => {
    set(3, BigInt(bytes));
    for (let i = 0; i < 200; i++) {
      set(0, 0n);
      run(ENV, 6);
    }
  }, 20);
  console.log(`loop of 6 loads with 14 live registers: ${(t / (200 * bytes / 8)).toFixed(2)} ns per iteration`);
}

// A sieve of 4 M numbers: a byte store and an addition in the inner loop, a byte load and a test in the outer one.
{
  const N = 4 << 20;
  const fn = new IrFunction(GLOBALS, []);
  const b = new Builder(fn);
  const [outer, inner, next, out] = [b.newLabel(), b.newLabel(), b.newLabel(), b.newLabel()];
  const [i, j, limit, count] = [1, 2, 3, 4];
  const byte = makeMemOp(0, 0);
  b.insnStart(0x1000, 0);
  b.movI64(i, b.constI64(2, 0));
  b.movI64(count, b.constI64(0, 0));
  b.setLabel(outer);
  b.insnStart(0x1004, 0);
  const t = b.newI64();
  b.guestLdI64(t, i, byte);
  b.brcondI64(t, b.constI64(0, 0), Cond.NE, next);
  b.insnStart(0x1008, 0);
  b.addiI64(count, count, 1);
  b.addI64(j, i, i);
  b.brcondI64(j, limit, Cond.GEU, next);
  b.setLabel(inner);
  b.insnStart(0x100c, 0);
  b.guestStI64(b.constI64(1, 0), j, byte);
  b.insnStart(0x1010, 0);
  b.addI64(j, j, i);
  b.brcondI64(j, limit, Cond.LTU, inner);
  b.setLabel(next);
  b.insnStart(0x1014, 0);
  b.addiI64(i, i, 1);
  b.brcondI64(i, limit, Cond.LTU, outer);
  b.br(out);
  b.setLabel(out);
  b.exitTb(TbExit.SPECIAL);
  load(fn, 5, { pollBackEdges: true });
  const ns = best(() => {
    new Uint8Array(memory.buffer).fill(0, RAM, RAM + N);
    set(2, BigInt(N));
    run(ENV, 5);
  }, 6, 7);
  console.log(`sieve of ${N}: ${(ns / 1e6).toFixed(1)} ms, ${view.getBigUint64(reg(3), true)} primes`);
}
