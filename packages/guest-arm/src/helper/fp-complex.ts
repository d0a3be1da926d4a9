import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { fpAdd, fpConvert, fpMulAdd } from '../softfloat/index.ts';
import type { FpUnit } from './fp-unit.ts';

/**
 * Complex arithmetic (FEAT_FCMA) and half-to-single multiply-add (FEAT_FHM).
 *
 * fp_cadd(desc, regs), fp_cmla(desc, regs): desc: format bits 0-1, lanes 2-5, rotation in quarter turns 6-7, bit 8 by
 * element, index (of pairs) 9-11.
 * fp_fmlal(desc, regs): desc: lanes 2-5, bit 6 subtract, bit 7 upper half, bit 8 by element, index 9-11.
 * Register word as in fp-desc.ts.
 */
export function makeComplexHelpers(current: CurrentCpu<ArmCpu>, unit: FpUnit): Record<string, JsHelper> {
  const s = unit.s;
  const n = new Int32Array(4), m = new Int32Array(4), d = new Int32Array(4);
  const n16 = new Uint16Array(n.buffer), m16 = new Uint16Array(m.buffer), d16 = new Uint16Array(d.buffer);
  const lo = (w: Int32Array, h: Uint16Array, fmt: number, i: number): number => (fmt === 3 ? w[2 * i]! : fmt === 2 ? w[i]! : h[i]!);
  const hi = (w: Int32Array, fmt: number, i: number): number => (fmt === 3 ? w[2 * i + 1]! : 0);
  const put = (fmt: number, i: number): void => {
    if (fmt === 3) {
      d[2 * i] = s.lo;
      d[2 * i + 1] = s.hi;
    } else if (fmt === 2) {
      d[i] = s.lo;
    } else {
      d16[i] = s.lo;
    }
  };
  const begin = (regs: number): number => {
    const cpu = current.cpu, i32 = cpu.i32, v = (cpu.env + ENV.vregs) >>> 2;
    for (let i = 0; i < 4; i++) {
      d[i] = i32[v + (regs & 31) * 4 + i]!;
      n[i] = i32[v + ((regs >>> 5) & 31) * 4 + i]!;
      m[i] = i32[v + ((regs >>> 10) & 31) * 4 + i]!;
    }
    s.fpcr = i32[(cpu.env + ENV.fpcr) >>> 2]!;
    s.flags = 0;
    return v + (regs & 31) * 4;
  };
  const end = (at: number, bytes: number): void => {
    const cpu = current.cpu, i32 = cpu.i32;
    for (let i = 0; i < 4; i++) i32[at + i] = i * 4 < bytes ? d[i]! : 0;
    i32[(cpu.env + ENV.fpsr) >>> 2]! |= s.flags;
  };
  const signLo = [0, 0x8000, 0x80000000, 0], signHi = [0, 0, 0, 0x80000000];

  return {
    fp_cadd(desc, regs): void {
      const at = begin(regs), fmt = desc & 3, lanes = (desc >>> 2) & 15, rot = (desc >>> 6) & 3;
      for (let i = 0; i < lanes; i += 2) {
        // 90 degrees: the second operand's imaginary part is negated, 270: its real part.
        const neg1 = rot === 1 ? -1 : 0, neg2 = rot === 3 ? -1 : 0;
        fpAdd(s, fmt, lo(n, n16, fmt, i), hi(n, fmt, i),
          lo(m, m16, fmt, i + 1) ^ (signLo[fmt]! & neg1), hi(m, fmt, i + 1) ^ (signHi[fmt]! & neg1));
        put(fmt, i);
        fpAdd(s, fmt, lo(n, n16, fmt, i + 1), hi(n, fmt, i + 1),
          lo(m, m16, fmt, i) ^ (signLo[fmt]! & neg2), hi(m, fmt, i) ^ (signHi[fmt]! & neg2));
        put(fmt, i + 1);
      }
      end(at, lanes << fmt);
    },
    fp_cmla(desc, regs): void {
      const at = begin(regs), fmt = desc & 3, lanes = (desc >>> 2) & 15, rot = (desc >>> 6) & 3;
      const elem = (desc & 0x100) !== 0 ? ((desc >>> 9) & 7) * 2 : -1;
      for (let i = 0; i < lanes; i += 2) {
        const k = elem >= 0 ? elem : i;
        const re = rot & 1 ? i + 1 : i;
        const first = rot & 1 ? k + 1 : k, second = rot & 1 ? k : k + 1;
        const neg1 = rot === 1 || rot === 2 ? -1 : 0, neg2 = rot >= 2 ? -1 : 0;
        const nlo = lo(n, n16, fmt, re), nhi = hi(n, fmt, re);
        fpMulAdd(s, fmt, lo(d, d16, fmt, i), hi(d, fmt, i), nlo, nhi,
          lo(m, m16, fmt, first) ^ (signLo[fmt]! & neg1), hi(m, fmt, first) ^ (signHi[fmt]! & neg1));
        const rlo = s.lo, rhi = s.hi;
        fpMulAdd(s, fmt, lo(d, d16, fmt, i + 1), hi(d, fmt, i + 1), nlo, nhi,
          lo(m, m16, fmt, second) ^ (signLo[fmt]! & neg2), hi(m, fmt, second) ^ (signHi[fmt]! & neg2));
        put(fmt, i + 1);
        s.lo = rlo;
        s.hi = rhi;
        put(fmt, i);
      }
      end(at, lanes << fmt);
    },
    fp_fmlal(desc, regs): void {
      const at = begin(regs), lanes = (desc >>> 2) & 15, upper = (desc & 0x80) !== 0;
      const elem = (desc & 0x100) !== 0 ? (desc >>> 9) & 7 : -1;
      const fpcr = s.fpcr;
      for (let i = 0; i < lanes; i++) {
        const k = upper ? i + lanes : i;
        // The half operands are widened exactly; FZ16 applies to them, FZ to the single result.
        widen(n16[k]! ^ ((desc & 0x40) !== 0 ? 0x8000 : 0));
        const nlo = s.lo;
        widen(m16[elem >= 0 ? elem : k]!);
        fpMulAdd(s, 2, d[i]!, 0, nlo, 0, s.lo, 0);
        put(2, i);
      }
      s.fpcr = fpcr;
      end(at, lanes << 2);
    },
  };

  /** Half to single as FPMulAddH does: NaNs keep their kind, no flags, denormals flushed under FZ16. */
  function widen(h: number): void {
    const e = (h >>> 10) & 31, f = h & 0x3ff, sign = (h & 0x8000) << 16;
    if (e === 31 && f !== 0) s.lo = sign | 0x7f800000 | (f << 13);
    else if (e === 0 && (s.fpcr & (1 << 19)) !== 0) s.lo = sign;
    else {
      const flags = s.flags, fpcr = s.fpcr;
      s.fpcr = 0;
      fpConvert(s, 1, 2, h, 0, 0);
      s.fpcr = fpcr;
      s.flags = flags;
    }
    s.hi = 0;
  }
}
