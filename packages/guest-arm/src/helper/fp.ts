import { CpuCommon, type CurrentCpu, type JsHelper } from '@mttcg/softmmu';
import { type HelperDef, HelperFlag } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { fixedToFp, Fpcr, fpCompare, FpFlag, fpToFixed, fpToJsInt, Ord } from '../softfloat/index.ts';
import { FpDesc, FpOp } from './fp-desc.ts';
import { FpUnit } from './fp-unit.ts';
import { makeComplexHelpers } from './fp-complex.ts';
import { HostFma } from './fp-host.ts';

const NG = HelperFlag.NO_GLOBALS;

/**
 * Floating-point helpers. They work on the V registers and FPCR/FPSR in env memory and touch no global.
 *
 * fp_op(desc, regs): register operations (fp-desc.ts).
 * fp_cmp(desc, regs): FCMP family; returns NZCV in bits 3-0. desc: format, bit 2 signals on quiet NaNs, bit 3 zero as
 * second operand.
 * fp_to_int(desc, regs): to a general register; the result is 64 bits, zero-extended. desc as TO_INT with lanes 1;
 * bit 25 set for a 64-bit result.
 * fp_from_int(desc, regs, value): the value is extended to 64 bits by the caller.
 * fp_jcvt(rn): FJCVTZS; returns the result, and leaves Z (0 or 1) in env.fpScratch[0].
 * fp_reduce(desc, regs): across lanes.
 */
export const FP_HELPERS: readonly HelperDef[] = [
  { name: 'fp_op', kind: 'js', params: 'ii', ret: '', flags: NG },
  { name: 'fp_cmp', kind: 'js', params: 'ii', ret: 'i', flags: NG },
  { name: 'fp_to_int', kind: 'js', params: 'ii', ret: 'l', flags: NG },
  { name: 'fp_from_int', kind: 'js', params: 'iil', ret: '', flags: NG },
  { name: 'fp_jcvt', kind: 'js', params: 'i', ret: 'i', flags: NG },
  { name: 'fp_reduce', kind: 'js', params: 'ii', ret: '', flags: NG },
  { name: 'fp_cadd', kind: 'js', params: 'ii', ret: '', flags: NG },
  { name: 'fp_cmla', kind: 'js', params: 'ii', ret: '', flags: NG },
  { name: 'fp_fmlal', kind: 'js', params: 'ii', ret: '', flags: NG },
];

/** fp_to_int: the result is 64 bits wide. */
export const FP_TO_INT_64: number = 1 << 25;

export function makeFpHelpers(current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  const unit = new FpUnit();
  const fma = new HostFma();
  const s = unit.s;
  return {
    fp_op(desc, regs): void {
      const cpu = current.cpu, i32 = cpu.i32;
      const fpcr = i32[(cpu.env + ENV.fpcr) >>> 2]!, fpsrAt = (cpu.env + ENV.fpsr) >>> 2;
      const op = desc & 127;
      if (
        op >= FpOp.MLA && op <= FpOp.NMLS && (i32[fpsrAt]! & FpFlag.IXC) !== 0 &&
        (fpcr & (Fpcr.RMODE_MASK | Fpcr.FZ | Fpcr.DN)) === 0 && fma.run(cpu.heap, cpu.env + ENV.vregs, desc, regs)
      ) {
        return;
      }
      i32[fpsrAt]! |= unit.run(i32, (cpu.env + ENV.vregs) >>> 2, fpcr, desc, regs);
    },
    fp_cmp(desc, regs): number {
      const cpu = current.cpu, i32 = cpu.i32;
      const fmt = desc & 3;
      const n = (cpu.env + ENV.vregs + ((regs >>> 5) & 31) * 16) >>> 2;
      const m = (cpu.env + ENV.vregs + ((regs >>> 10) & 31) * 16) >>> 2;
      const zero = (desc & 8) !== 0;
      const mask = fmt === 1 ? 0xffff : -1;
      s.fpcr = i32[(cpu.env + ENV.fpcr) >>> 2]!;
      s.flags = 0;
      const c = fpCompare(s, fmt, i32[n]! & mask, fmt === 3 ? i32[n + 1]! : 0, zero ? 0 : i32[m]! & mask,
        zero || fmt !== 3 ? 0 : i32[m + 1]!, (desc & 4) !== 0);
      i32[(cpu.env + ENV.fpsr) >>> 2]! |= s.flags;
      return c === Ord.EQUAL ? 6 : c === Ord.GREATER ? 2 : c === Ord.LESS ? 8 : 3;
    },
    fp_to_int(desc, regs): void {
      const cpu = current.cpu, i32 = cpu.i32;
      const fmt = (desc >>> FpDesc.FMT_SHIFT) & 3;
      const n = (cpu.env + ENV.vregs + ((regs >>> 5) & 31) * 16) >>> 2;
      s.fpcr = i32[(cpu.env + ENV.fpcr) >>> 2]!;
      s.flags = 0;
      let mode = (desc >>> FpDesc.MODE_SHIFT) & 7;
      if (mode === 7) mode = s.rmode;
      fpToFixed(s, fmt, fmt === 1 ? i32[n]! & 0xffff : i32[n]!, fmt === 3 ? i32[n + 1]! : 0, (desc & FP_TO_INT_64) !== 0 ? 64 : 32,
        (desc & FpDesc.SIGNED) !== 0, regs >>> 20, mode);
      i32[(cpu.env + ENV.fpsr) >>> 2]! |= s.flags;
      const out = (cpu.env + CpuCommon.offset.scratch) >>> 2;
      i32[out] = s.lo;
      i32[out + 1] = s.hi;
    },
    fp_from_int(desc, regs, lo, hi): void {
      const cpu = current.cpu, i32 = cpu.i32;
      const fmt = (desc >>> FpDesc.FMT_SHIFT) & 3;
      const d = (cpu.env + ENV.vregs + (regs & 31) * 16) >>> 2;
      s.fpcr = i32[(cpu.env + ENV.fpcr) >>> 2]!;
      s.flags = 0;
      fixedToFp(s, fmt, lo!, hi!, (desc & FpDesc.SIGNED) !== 0, regs >>> 20, s.rmode);
      i32[(cpu.env + ENV.fpsr) >>> 2]! |= s.flags;
      i32[d] = s.lo;
      i32[d + 1] = s.hi;
      i32[d + 2] = 0;
      i32[d + 3] = 0;
    },
    fp_jcvt(rn): number {
      const cpu = current.cpu, i32 = cpu.i32;
      const n = (cpu.env + ENV.vregs + rn * 16) >>> 2;
      s.fpcr = i32[(cpu.env + ENV.fpcr) >>> 2]!;
      s.flags = 0;
      i32[(cpu.env + ENV.fpScratch) >>> 2] = fpToJsInt(s, i32[n]!, i32[n + 1]!);
      i32[(cpu.env + ENV.fpsr) >>> 2]! |= s.flags;
      return s.lo;
    },
    fp_reduce(desc, regs): void {
      const cpu = current.cpu, i32 = cpu.i32, vregs = (cpu.env + ENV.vregs) >>> 2;
      const fpcr = i32[(cpu.env + ENV.fpcr) >>> 2]!;
      const lanes = (desc >>> FpDesc.LANES_SHIFT) & 15, rd = regs & 31;
      const pair = (desc & ~(15 << FpDesc.LANES_SHIFT)) | FpDesc.PAIR;
      let flags = 0, from = (regs >>> 5) & 31;
      // A tree of adjacent pairs, as the architecture's Reduce() has it; lanes beyond the tree repeat and are dropped.
      for (let n = lanes; n > 1; n >>>= 1) {
        const step = n === 2 ? pair | (1 << FpDesc.LANES_SHIFT) : pair | (n << FpDesc.LANES_SHIFT);
        flags |= unit.run(i32, vregs, fpcr, step, rd | (from << 5) | (from << 10));
        from = rd;
      }
      i32[(cpu.env + ENV.fpsr) >>> 2]! |= flags;
    },
    ...makeComplexHelpers(current, unit),
  };
}
