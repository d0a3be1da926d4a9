import type { TranslateRequest } from '@mttcg/softmmu';
import { describe, expect, it } from 'vitest';
import { BATCH_TBS, BatchPlan } from './batch.ts';

type Successor = readonly [pcLo: number, slot: number];

/** What a plan takes from 0x1000 on, in order, when TBs have these successors. */
function taken(successors: Readonly<Record<number, readonly Successor[]>>, translated: readonly number[] = []): number[] {
  const plan = new BatchPlan();
  const request: TranslateRequest = {
    pcLo: 0, pcHi: 0, entryLo: 0, entryHi: 0, flags: 0, mmuIdx: 0, csBase: 0, cflags: 0, maxInsns: 0, code: 0, codeBytes: 0, size: 0, insns: 0,
    succCount: 0, succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
  };
  plan.begin(0x1000);
  for (let i = plan.take(); i >= 0; i = plan.take()) {
    request.pcLo = plan.pcLo[i]!;
    const next = successors[request.pcLo] ?? [];
    request.succCount = next.length;
    next.forEach(([pcLo, slot], s) => {
      request.succLo[s] = pcLo;
      request.succSlot[s] = slot;
    });
    for (let s = 0; s < next.length; s++) plan.offer(i, request, s, (pcLo) => translated.includes(pcLo));
  }
  return [...plan.pcLo.subarray(0, plan.taken)];
}

describe('BatchPlan', () => {
  it('takes what is likeliest first', () => {
    expect(taken({
      0x1000: [[0x1010, 0], [0x1800, 1]], // falls through rather than far ahead
      0x1010: [[0x1020, 0], [0x1000, 1]],
      0x1020: [[0x1100, 0], [0x1024, -1]], // a call, and its return
    })).toEqual([0x1000, 0x1010, 0x1020, 0x1024, 0x1100, 0x1800]);
  });

  it('leaves the unlikely alone, and what that leads to', () => {
    expect(taken({ 0x1000: [[0x1008, 0], [0x1400, 1]], 0x1400: [[0x1408, 0], [0x1a00, 1]], 0x1a00: [[0x1a08, 0]] })).toEqual([0x1000, 0x1008, 0x1400, 0x1408]);
  });

  it('remembers the likeliest way to a TB', () => {
    // 0x1400 is far ahead of one branch, and behind another
    expect(taken({
      0x1000: [[0x1004, 0], [0x1400, 1]], 0x1004: [[0x1400, 0]], 0x1400: [[0x1404, 0], [0x1900, 1]],
    })).toEqual([0x1000, 0x1004, 0x1400, 0x1404, 0x1900]);
  });

  it('takes nothing twice, and nothing that is translated', () => {
    expect(taken({ 0x1000: [[0x1000, 0], [0x1040, 1]], 0x1040: [[0x1080, 0]] }, [0x1080])).toEqual([0x1000, 0x1040]);
  });

  it('takes no more than fit in a module', () => {
    const line = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [0x1000 + i * 4, [[0x1004 + i * 4, -1]] as const]));
    expect(taken(line)).toHaveLength(BATCH_TBS);
  });
});
