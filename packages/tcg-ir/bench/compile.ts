/** What the backend costs: time and bytes per op and per guest instruction; and the engine's share, for comparison. */
import { WasmCompiler } from '@mttcg/tcg-ir';
import { sampleRegion, sampleTb, TARGET } from './sample.ts';

const compiler = new WasmCompiler(TARGET);
const INSNS = 6;
const units = Array.from({ length: 10 }, (_, v) => ({ fn: sampleTb(INSNS, v), tb: 1 + v, flags: 0, slotAddr: 0x10000 + v * 64 }));
const ops = units.reduce((n, u) => n + u.fn.nOps, 0);

/** Best time in us per run of several rounds of `n` runs: other work on the machine only ever adds. */
function best(n: number, body: () => void): number {
  let t = Infinity;
  for (let round = 0; round < 16; round++) {
    const start = performance.now();
    for (let i = 0; i < n; i++) body();
    t = Math.min(t, ((performance.now() - start) * 1000) / n);
  }
  return t;
}

let bytes = 0;
const us = best(200, () => { bytes = compiler.compileModule(units).length; });
const insns = units.length * INSNS;
console.log(`TBs of ${INSNS} instructions, 10 per module: ${(ops / insns).toFixed(1)} ops per instruction`);
console.log(`  ${(us / insns).toFixed(3)} us per guest instruction, ${((us * 1000) / ops).toFixed(0)} ns per op, ${us.toFixed(1)} us per module`);
console.log(`  ${(bytes / insns).toFixed(1)} bytes per guest instruction, ${(bytes / ops).toFixed(1)} per op, ${bytes} per module`);

const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
const table = new WebAssembly.Table({ initial: 64, element: 'anyfunc' });
const h = { mmu_ld: () => 0, mmu_st: () => 0, mmu_atomic: () => 0 };
const start = performance.now();
const ROUNDS = 200;
for (let i = 0; i < ROUNDS; i++) {
  // A different slot address each time, so that the engine finds nothing in its cache.
  const fresh = units.map((u) => ({ ...u, slotAddr: u.slotAddr + 4096 * i }));
  const module = new WebAssembly.Module(compiler.compileModule(fresh) as BufferSource);
  new WebAssembly.Instance(module, { env: { memory, table }, h });
}
console.log(`  engine: ${(((performance.now() - start) * 1000) / ROUNDS - us).toFixed(0)} us per module to compile and instantiate`);

for (const blocks of [10, 100, 400, 1600]) {
  const unit = { fn: sampleRegion(blocks, 5), tb: 1, flags: 0, slotAddr: 0x10000 };
  const t = best(Math.ceil(1000 / blocks), () => { bytes = compiler.compileModule([unit], { pollBackEdges: true }).length; });
  console.log(`region of ${blocks} blocks: ${(t / unit.fn.nOps * 1000).toFixed(0)} ns per op, ${(bytes / unit.fn.nOps).toFixed(1)} bytes per op`);
}
