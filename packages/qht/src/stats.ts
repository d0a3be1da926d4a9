/** Statistics of a table, gathered without locks while others use it. */
import type { Heap } from '@mttcg/atomic';
import { countChain, type ChainCounts } from './bucket.ts';
import { BUCKET_ENTRIES } from './layout.ts';
import { forEachHead, mapHeads } from './map.ts';

/** How often each value was seen. */
export class Distribution {
  /** `counts[i]`: samples whose value was i. */
  readonly counts: number[] = [];

  add(value: number): void {
    while (this.counts.length <= value) this.counts.push(0);
    this.counts[value]++;
  }

  get samples(): number {
    return this.counts.reduce((sum, n) => sum + n, 0);
  }

  get mean(): number {
    return this.samples === 0 ? 0 : this.counts.reduce((sum, n, value) => sum + n * value, 0) / this.samples;
  }

  /** Smallest value seen, 0 when none was. */
  get min(): number {
    return Math.max(0, this.counts.findIndex((n) => n > 0));
  }

  /** Largest value seen, 0 when none was. */
  get max(): number {
    return Math.max(0, this.counts.length - 1);
  }
}

export interface QhtStatistics {
  /** Head buckets of the current map; 0 before the table is formatted. */
  readonly headBuckets: number;
  /** Head buckets with at least one entry. */
  readonly usedHeadBuckets: number;
  readonly entries: number;
  /** Buckets per used chain. */
  readonly chains: Distribution;
  /** Occupancy of the used chains in tenths of their capacity, rounded down: 10 is full. */
  readonly occupancy: Distribution;
}

/** Each chain is counted as it was at one moment; different chains at different moments. `map` 0: an empty result. */
export function gatherStatistics(heap: Heap, map: number): QhtStatistics {
  const chains = new Distribution();
  const occupancy = new Distribution();
  let usedHeadBuckets = 0;
  let entries = 0;
  const chain: ChainCounts = { entries: 0, buckets: 0 };
  if (map === 0) return { headBuckets: 0, usedHeadBuckets, entries, chains, occupancy };
  forEachHead(heap, map, (head) => {
    countChain(heap, head, chain);
    if (chain.entries === 0) return;
    usedHeadBuckets++;
    entries += chain.entries;
    chains.add(chain.buckets);
    occupancy.add(Math.floor((chain.entries * 10) / (chain.buckets * BUCKET_ENTRIES)));
  });
  return { headBuckets: mapHeads(heap, map), usedHeadBuckets, entries, chains, occupancy };
}
