import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import { type HelperDef, HelperFlag } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { Aes } from './crypto-aes.ts';
import {
  sha1Rounds, sha1Schedule0, sha1Schedule1, sha256Rounds, sha256Schedule0, sha256Schedule1, sha512,
} from './crypto-sha.ts';

/** Operations of the crypto_op helper. */
export const CryptoOp = {
  AESE: 0, AESD: 1, AESMC: 2, AESIMC: 3,
  SHA1C: 4, SHA1P: 5, SHA1M: 6, SHA1SU0: 7, SHA1SU1: 8,
  SHA256H: 9, SHA256H2: 10, SHA256SU0: 11, SHA256SU1: 12,
  SHA512H: 13, SHA512H2: 14, SHA512SU0: 15, SHA512SU1: 16,
} as const;

/** crypto_op(op, rd | rn << 5 | rm << 10): on V registers in env memory. */
export const CRYPTO_HELPERS: readonly HelperDef[] = [
  { name: 'crypto_op', kind: 'js', params: 'ii', ret: '', flags: HelperFlag.NO_GLOBALS },
];

export function makeCryptoHelpers(current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  const aes = new Aes();
  const d = new Int32Array(4), n = new Int32Array(4), m = new Int32Array(4);
  const d8 = new Uint8Array(d.buffer), n8 = new Uint8Array(n.buffer);
  const d64 = new BigUint64Array(d.buffer), n64 = new BigUint64Array(n.buffer), m64 = new BigUint64Array(m.buffer);
  return {
    crypto_op(op, regs): void {
      const { i32, env } = current.cpu;
      const v = (env + ENV.vregs) >>> 2, at = v + (regs & 31) * 4;
      for (let i = 0; i < 4; i++) {
        d[i] = i32[at + i]!;
        n[i] = i32[v + ((regs >>> 5) & 31) * 4 + i]!;
        m[i] = i32[v + ((regs >>> 10) & 31) * 4 + i]!;
      }
      switch (op) {
        case CryptoOp.AESE: aes.encrypt(d8, n8); break;
        case CryptoOp.AESD: aes.decrypt(d8, n8); break;
        case CryptoOp.AESMC: d.set(n); aes.mixColumns(d8); break;
        case CryptoOp.AESIMC: d.set(n); aes.inverseMixColumns(d8); break;
        case CryptoOp.SHA1C: sha1Rounds(0, d, n, m); break;
        case CryptoOp.SHA1P: sha1Rounds(1, d, n, m); break;
        case CryptoOp.SHA1M: sha1Rounds(2, d, n, m); break;
        case CryptoOp.SHA1SU0: sha1Schedule0(d, n, m); break;
        case CryptoOp.SHA1SU1: sha1Schedule1(d, n); break;
        case CryptoOp.SHA256H: sha256Rounds(false, d, n, m); break;
        case CryptoOp.SHA256H2: sha256Rounds(true, d, n, m); break;
        case CryptoOp.SHA256SU0: sha256Schedule0(d, n); break;
        case CryptoOp.SHA256SU1: sha256Schedule1(d, n, m); break;
        case CryptoOp.SHA512H: sha512.h(d64, n64, m64); break;
        case CryptoOp.SHA512H2: sha512.h2(d64, n64, m64); break;
        case CryptoOp.SHA512SU0: sha512.su0(d64, n64); break;
        case CryptoOp.SHA512SU1: sha512.su1(d64, n64, m64); break;
        default: throw new Error(`crypto_op: no operation ${op}`);
      }
      for (let i = 0; i < 4; i++) i32[at + i] = d[i]!;
    },
  };
}
