import { armArch } from '@mttcg/guest-arm';
import { CFlag, DirtyMemory, type TbKey, type TranslateRequest } from '@mttcg/softmmu';
import { Builder, type CompileUnit, IrFunction, Optimizer, WasmCompiler } from '@mttcg/tcg-ir';
import { parseKernel } from '../src/loader/index.ts';
import { MachineLog } from '../src/log/log.ts';
import { createSharedMemory } from '../src/memory/plan.ts';
import { checkOptions } from '../src/options.ts';
import { ThreadContext, tlbBytesPerCpu, wasmTarget } from '../src/thread/context.ts';
import { VIRT_STATE_BYTES } from '../src/board/index.ts';
import { BATCH_TBS } from '../src/tb/translator.ts';

/** µs per guest instruction. */
export interface TranslatorSpeed {
  readonly insns: number;
  readonly decode: number;
  readonly optimise: number;
  readonly encode: number;
  readonly total: number;
  /** The first round, when the translator itself is not compiled yet. */
  readonly cold: number;
}

const PAGE = 4096;
const PAGES = 250;
/** Where the kernel's text is, in bytes of the Image, for certain. */
const TEXT = [0x10000, 0xa00000] as const;

/**
 * Translates pages of a kernel's text from end to end, as TBs in modules of the size the machine makes, without
 * instantiating them; the best of three rounds. The vCPU is at EL1, as after reset.
 */
export async function measureTranslator(kernelFile: Uint8Array): Promise<TranslatorSpeed> {
  const kernel = await parseKernel(kernelFile, 512 << 20);
  if (kernel.format !== 'image') throw new Error('the translator is measured with an arm64 Image');
  const config = checkOptions({ cpus: 2, ramBytes: 128 << 20 });
  const shared = createSharedMemory({
    cpus: config.cpus, ramBytes: config.ramBytes, envBytes: armArch.envSize, deviceBytes: VIRT_STATE_BYTES,
    dirtyBytes: DirtyMemory.bytes(config.ramBytes), tlbBytes: tlbBytesPerCpu(),
  });
  const log = new MachineLog(config.log, () => undefined);
  const ctx = new ThreadContext(shared.memory, shared.header, config, 0, { log, wallMs: () => Date.now(), randomFill: () => undefined });
  const { cpu } = ctx.cpus[0]!;
  cpu.reset();
  const key: TbKey = { pcLo: 0, pcHi: 0, flags: 0, mmuIdx: 0, csBase: 0 };
  cpu.tbKey(key);
  const code = ctx.memory.ramHost(0x4000_0000, PAGES * PAGE);
  for (let i = 0; i < PAGES; i++) {
    const at = TEXT[0] + Math.floor(((TEXT[1] - TEXT[0]) / PAGES) * i / PAGE) * PAGE;
    ctx.heap.u8.set(kernel.bytes.subarray(at, at + PAGE), code + i * PAGE);
  }
  const rounds = Array.from({ length: 3 }, () => translateAll(cpu, key, code));
  const best = rounds.reduce((a, b) => (b.total < a.total ? b : a));
  return { ...best, cold: rounds[0]!.total };
}

type Cpu = Parameters<typeof armArch.translate>[2];

function translateAll(cpu: Cpu, key: TbKey, code: number): Omit<TranslatorSpeed, 'cold'> {
  const functions = Array.from({ length: BATCH_TBS }, () => new IrFunction(armArch.globals, armArch.helpers));
  const builder = new Builder(functions[0]!);
  const optimizer = new Optimizer();
  const compiler = new WasmCompiler(wasmTarget());
  const r: TranslateRequest = {
    pcLo: 0, pcHi: 0xffff8000, entryLo: 0, flags: key.flags, mmuIdx: key.mmuIdx, csBase: 0, cflags: CFlag.PARALLEL, maxInsns: 512, code: 0, codeBytes: 0,
    size: 0, insns: 0, succCount: 0, succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
  };
  let insns = 0, decode = 0, optimise = 0, encode = 0, tbs = 0;
  for (let page = 0; page < PAGES; page++) {
    for (let at = 0; at < PAGE; ) {
      const t0 = performance.now();
      const units: CompileUnit[] = [];
      while (units.length < BATCH_TBS && at < PAGE) {
        const fn = functions[units.length]!;
        r.pcLo = (0x0800_0000 + page * PAGE + at) | 0;
        r.code = code + page * PAGE + at;
        r.codeBytes = PAGE - at;
        r.succCount = 0;
        builder.begin(fn);
        armArch.translate(builder, r, cpu);
        at += r.size;
        insns += r.insns;
        units.push({ fn, tb: ++tbs, flags: r.flags, pageOffset: r.pcLo & (PAGE - 1), slotAddr: 0x1000 });
      }
      const t1 = performance.now();
      for (const { fn } of units) optimizer.run(fn);
      const t2 = performance.now();
      compiler.compileModule(units);
      const t3 = performance.now();
      decode += t1 - t0;
      optimise += t2 - t1;
      encode += t3 - t2;
    }
  }
  const us = (ms: number): number => (ms * 1000) / insns;
  return { insns, decode: us(decode), optimise: us(optimise), encode: us(encode), total: us(decode + optimise + encode) };
}
