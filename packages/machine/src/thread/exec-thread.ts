import { armArch, type ArmCpu } from '@mttcg/guest-arm';
import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import type { WasmTarget } from '@mttcg/tcg-ir';
import { CodeThread, type FixedCode } from '../tb/code-thread.ts';
import { Translator } from '../tb/translator.ts';
import { CpuExec } from '../vcpu/exec.ts';
import { type ThreadContext, wasmTarget } from './context.ts';

/** The code side of a thread that runs vCPUs: generated code, translator, helpers, and an exec loop per vCPU. */
export class ExecThread {
  readonly #ctx: ThreadContext;
  readonly #code: CodeThread;
  readonly #translator: Translator<ArmCpu>;
  readonly #hot: Uint8Array;

  constructor(ctx: ThreadContext, fixed: FixedCode) {
    this.#ctx = ctx;
    this.#hot = new Uint8Array(ctx.cache.maxTbs);
    const target: WasmTarget = wasmTarget();
    const current: CurrentCpu<ArmCpu> = {
      get cpu() { return ctx.cpus[ctx.current]!.cpu; },
      get host() { return ctx.cpus[ctx.current]!.host; },
    };
    const helpers: Record<string, JsHelper> = { ...armArch.makeHelpers(current) };
    helpers['mmu_ld'] = (lo, hi, memop) => ctx.cpus[ctx.current]!.tlb.ldSlow(lo!, hi!, memop!);
    helpers['mmu_st'] = (lo, hi, memop) => ctx.cpus[ctx.current]!.tlb.stSlow(lo!, hi!, memop!);
    helpers['mmu_atomic'] = (lo, hi, memop) => ctx.cpus[ctx.current]!.tlb.atomicSlow(lo!, hi!, memop!);
    this.#code = new CodeThread(ctx.heap, ctx.cache, fixed, armArch.helpers, helpers);
    this.#translator = new Translator(ctx.heap, ctx.header, armArch, ctx.cache, this.#code, target, ctx.log);
  }

  makeExec(index: number): CpuExec {
    const { heap, header, cache, exclusive, bql, log, config, cpus } = this.#ctx;
    const { cpu, env, tlb, work, hooks } = cpus[index]!;
    const exec = new CpuExec({
      cpu, env, tlb, heap, header, cache, exclusive, bql, work, log,
      code: this.#code,
      translator: this.#translator,
      insnAlignBits: armArch.insnAlignBits,
      parallel: config.thread === 'multi' && config.cpus > 1,
      hot: this.#hot,
    });
    hooks.clearJumpCache = () => exec.clearJumpCache();
    hooks.clearJumpCachePage = (lo) => exec.clearJumpCachePage(lo);
    hooks.requestSync = () => {
      exec.syncPending = true;
    };
    return exec;
  }
}
