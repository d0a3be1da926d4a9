import { compareExchange64, load64 } from '@mttcg/atomic';
import { Access, CpuCommon, type CurrentCpu, Excp, type JsHelper } from '@mttcg/softmmu';
import { type HelperDef, HelperFlag } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';
import { flagsMmuIdx } from '../cpu/tb-flags.ts';
import { ENV } from '../cpu/env.ts';

const BYTES = 16;

/**
 * 128-bit exclusives and CASP while other vCPUs run. WebAssembly has no 128-bit compare-and-exchange, and stopping all
 * vCPUs for each (EXCP_ATOMIC) is far too dear: Linux updates its slab lists this way, tens of thousands of times in a
 * boot. So each 16-byte chunk has a lock (CpuHost.lockPair), as in the AIE design, which all 128-bit accesses take. The
 * halves are exchanged one after the other; 64-bit accesses to a half do not take the lock, and when one of them comes
 * between, the first half is put back and the comparison is made again.
 *
 * A deliberate difference from the architecture: a 64-bit load by another vCPU may see the new low half a moment before
 * the new high one.
 */
export const PAIR_HELPERS: readonly HelperDef[] = [
  /** Loads 16 aligned bytes at once to env + scratch. */
  { name: 'ld_pair', kind: 'js', params: 'l', ret: '', flags: HelperFlag.NO_GLOBALS | HelperFlag.CAN_FAULT },
  /** Address, expected low and high, new low and high: what memory held goes to env + scratch; it was replaced if it was as expected. */
  { name: 'cmpxchg_pair', kind: 'js', params: 'lllll', ret: '', flags: HelperFlag.NO_GLOBALS | HelperFlag.CAN_FAULT },
];

/** Host address of the pair; 0 when an exception is pending. */
function pairHost(cpu: ArmCpu, lo: number, hi: number, access: number): number {
  const mmuIdx = flagsMmuIdx(cpu.word(ENV.tbFlags));
  if ((lo & (BYTES - 1)) !== 0) {
    cpu.unalignedAccess(lo, hi, access, mmuIdx);
    return 0;
  }
  const host = cpu.host.tlb.probe(lo, hi, BYTES, access, mmuIdx, false);
  if (host !== -1) return host;
  cpu.setWord(CpuCommon.offset.exceptionIndex, Excp.ATOMIC);
  return 0;
}

export function makePairHelpers(current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  // expected low, high; new low, high
  const words = new Int32Array(8);
  const values = new BigInt64Array(words.buffer);
  return {
    ld_pair(lo, hi): number {
      const { cpu } = current;
      const host = pairHost(cpu, lo!, hi!, Access.LOAD);
      if (host === 0) return 1;
      const { i64 } = cpu.heap;
      const at = host / 8;
      const out = (cpu.env + CpuCommon.offset.scratch) / 8;
      cpu.host.lockPair?.(host);
      i64[out] = load64(i64, at);
      i64[out + 1] = load64(i64, at + 1);
      cpu.host.unlockPair?.(host);
      return 0;
    },

    cmpxchg_pair(lo, hi, e0, e1, e2, e3, n0, n1, n2, n3): number {
      const { cpu } = current;
      const host = pairHost(cpu, lo!, hi!, Access.STORE);
      if (host === 0) return 1;
      words[0] = e0!;
      words[1] = e1!;
      words[2] = e2!;
      words[3] = e3!;
      words[4] = n0!;
      words[5] = n1!;
      words[6] = n2!;
      words[7] = n3!;
      const { i64 } = cpu.heap;
      const at = host / 8;
      const out = (cpu.env + CpuCommon.offset.scratch) / 8;
      cpu.host.lockPair?.(host);
      for (;;) {
        const low = load64(i64, at);
        const high = load64(i64, at + 1);
        i64[out] = low;
        i64[out + 1] = high;
        if (low !== values[0] || high !== values[1]) break;
        if (compareExchange64(i64, at, low, values[2]!) !== low) continue;
        if (compareExchange64(i64, at + 1, high, values[3]!) === high) break;
        // a 64-bit store changed the high half meanwhile; if one changed the low half too, it came last and stays
        compareExchange64(i64, at, values[2]!, low);
      }
      cpu.host.unlockPair?.(host);
      return 0;
    },
  };
}
