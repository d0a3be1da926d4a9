import { type Scan, BlockFlag } from './scan.ts';

/**
 * Dataflow over the cached globals of a function with several blocks: which may be dirty (newer in the wasm local than
 * in env) at a block's start, and which must be in their locals there, because they are used, or written back while
 * dirty, before they are defined.
 */
export class Liveness {
  dirtyLo: Int32Array = new Int32Array(64);
  dirtyHi: Int32Array = new Int32Array(64);
  liveLo: Int32Array = new Int32Array(64);
  liveHi: Int32Array = new Int32Array(64);

  /**
   * `order` lists the `n` reachable blocks in reverse postorder (numbers from `scan.nBlocks` up are passed over);
   * `pcGlobal` is the pc's index, -1 for none: faults set the pc of their own, so only exits and calls need it.
   */
  run(scan: Scan, order: Int32Array, n: number, pcGlobal: number): void {
    const pcLo = pcGlobal >= 0 && pcGlobal < 32 ? 1 << pcGlobal : 0;
    const pcHi = pcGlobal >= 32 ? 1 << pcGlobal : 0;
    const nBlocks = scan.nBlocks;
    if (this.dirtyLo.length < nBlocks) {
      this.dirtyLo = new Int32Array(nBlocks * 2);
      this.dirtyHi = new Int32Array(nBlocks * 2);
      this.liveLo = new Int32Array(nBlocks * 2);
      this.liveHi = new Int32Array(nBlocks * 2);
    }
    const { dirtyLo, dirtyHi, liveLo, liveHi } = this;
    dirtyLo.fill(0, 0, nBlocks);
    dirtyHi.fill(0, 0, nBlocks);
    liveLo.fill(0, 0, nBlocks);
    liveHi.fill(0, 0, nBlocks);
    const { taken, next, flags, genLo, genHi, defLo, defHi, useLo, useHi, earlyLo, earlyHi } = scan;
    let changed = true;
    while (changed) {
      changed = false;
      for (let i = 0; i < n; i++) {
        const b = order[i];
        if (b >= nBlocks) continue;
        const keep = (flags[b] & BlockFlag.FLUSH) === 0 ? -1 : 0;
        const lo = (dirtyLo[b] & keep) | genLo[b];
        const hi = (dirtyHi[b] & keep) | genHi[b];
        for (let s = taken[b], k = 0; k < 2; k++, s = next[b]) {
          if (s < 0 || ((lo & ~dirtyLo[s]) | (hi & ~dirtyHi[s])) === 0) continue;
          dirtyLo[s] |= lo;
          dirtyHi[s] |= hi;
          changed = true;
        }
      }
    }
    changed = true;
    while (changed) {
      changed = false;
      for (let i = n - 1; i >= 0; i--) {
        const b = order[i];
        if (b >= nBlocks) continue;
        let lo = 0;
        let hi = 0;
        if ((flags[b] & BlockFlag.INVALIDATE) === 0) {
          const t = taken[b];
          const f = next[b];
          if (t >= 0) {
            lo = liveLo[t];
            hi = liveHi[t];
          }
          if (f >= 0) {
            lo |= liveLo[f];
            hi |= liveHi[f];
          }
          lo &= ~defLo[b];
          hi &= ~defHi[b];
        }
        lo |= useLo[b];
        hi |= useHi[b];
        if ((flags[b] & BlockFlag.WRITE_BACK) !== 0) {
          lo |= dirtyLo[b] & ~(earlyLo[b] | pcLo);
          hi |= dirtyHi[b] & ~(earlyHi[b] | pcHi);
          if ((flags[b] & BlockFlag.PC) !== 0) {
            lo |= dirtyLo[b] & pcLo;
            hi |= dirtyHi[b] & pcHi;
          }
        }
        if (lo === liveLo[b] && hi === liveHi[b]) continue;
        liveLo[b] = lo;
        liveHi[b] = hi;
        changed = true;
      }
    }
  }
}
