/**
 * Speed of the translator's stages per guest instruction: decode alone, decode to IR, the optimiser, encoding to
 * WebAssembly. Runs over the code of an arm64 kernel Image given as argument, else over the vectors of the tests.
 */
import { readFileSync } from 'node:fs';
import { Heap } from '@mttcg/atomic';
import { CFlag, CpuCommon, type CpuHost, type TranslateRequest } from '@mttcg/softmmu';
import { Builder, IrFunction, Optimizer, WasmCompiler, type WasmTarget } from '@mttcg/tcg-ir';
import { ArmCpu } from '../src/cpu/cpu.ts';
import { ARM_GLOBALS, ENV } from '../src/cpu/env.ts';
import { ArmTbFlag, MmuIdx } from '../src/cpu/tb-flags.ts';
import { a64Row } from '../src/decode/tree.ts';
import { ARM_HELPERS } from '../src/helper/index.ts';
import { translateA64 } from '../src/translate/translate.ts';

const C = CpuCommon.offset;
const TARGET: WasmTarget = {
  pageBits: 12, insnAlignBits: 2,
  env: {
    pc: ENV.pc, insnWord: C.insnWord, exitRequest: C.exitRequest, currentTb: C.currentTb, scratch: C.scratch,
    jumpCache: C.jumpCache, tlb: C.tlb,
  },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
};
const CODE = 0x10000;
const MAX_BYTES = 4 << 20;

/** Instruction words: a stretch of the kernel's text, or the recorded sequences many times over. */
function code(): Int32Array {
  const image = process.argv[2];
  if (image !== undefined) {
    const bytes = readFileSync(image).subarray(0x200000, 0x200000 + MAX_BYTES);
    return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));
  }
  const text = readFileSync(`${import.meta.dirname}/../test/a64/integer.vec`, 'utf8');
  const words = [...text.matchAll(/^\S+ (\S+)/gm)].flatMap((m) => m[1]!.split(',').map((w) => parseInt(w, 16) | 0));
  return Int32Array.from({ length: 200_000 }, (_, i) => words[i % words.length]!);
}

const words = code();
const heap = new Heap(new WebAssembly.Memory({ initial: 256, maximum: 256, shared: true }));
heap.i32.set(words, CODE >>> 2);
const host = { heap, env: 0x1000, cpuIndex: 0, cpuCount: 1, log: () => {}, logs: () => false } as unknown as CpuHost;
const cpu = new ArmCpu(host, 'cortex-a57');
const request = {
  pcLo: 0, pcHi: 0xffff8000 | 0, flags: 0, csBase: 0, cflags: CFlag.PARALLEL, maxInsns: 512, code: 0, codeBytes: 0, size: 0, insns: 0,
  succCount: 0, succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
} as unknown as TranslateRequest;
request.flags = 1 | (MmuIdx.E1 << ArmTbFlag.MMU_SHIFT) | ArmTbFlag.FP_ENABLED | ArmTbFlag.UNPRIV | ArmTbFlag.SPSEL;
const fns = Array.from({ length: 16 }, () => new IrFunction(ARM_GLOBALS, ARM_HELPERS));
const builder = new Builder(fns[0]!);
const optimizer = new Optimizer();
const compiler = new WasmCompiler(TARGET);

let sink = 0;
for (let round = 0; round < 3; round++) {
  let t = performance.now();
  for (let i = 0; i < words.length; i++) sink += a64Row(words[i]!);
  const decode = performance.now() - t;
  let toIr = 0, opt = 0, encode = 0, insns = 0, tbs = 0, bytes = 0, ops = 0;
  for (let at = 0; at < words.length; ) {
    let n = 0;
    t = performance.now();
    for (; n < fns.length && at < words.length; n++) {
      request.pcLo = (CODE + 4 * at) | 0;
      request.code = CODE + 4 * at;
      request.codeBytes = Math.min(4096 - (request.pcLo & 4095), 4 * (words.length - at));
      builder.begin(fns[n]!);
      translateA64(builder, request, cpu);
      at += request.insns;
      insns += request.insns;
      ops += fns[n]!.nOps;
    }
    const t1 = performance.now();
    for (let i = 0; i < n; i++) optimizer.run(fns[i]!);
    const t2 = performance.now();
    const units = fns.slice(0, n).map((fn, i) => ({ fn, tb: 1 + i, flags: request.flags, slotAddr: 0x4000 }));
    bytes += compiler.compileModule(units).length;
    const t3 = performance.now();
    toIr += t1 - t;
    opt += t2 - t1;
    encode += t3 - t2;
    tbs += n;
  }
  const us = (ms: number): string => ((ms * 1000) / insns).toFixed(2);
  console.log(
    `${insns} instructions in ${tbs} TBs, ${(ops / insns).toFixed(1)} ops and ${(bytes / insns).toFixed(1)} bytes of wasm each: ` +
      `decode ${us(decode)}, to IR ${us(toIr)}, optimise ${us(opt)}, encode ${us(encode)} µs per instruction`,
  );
}
if (sink === 0) console.log('no rows');
