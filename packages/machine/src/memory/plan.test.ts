import { Heap } from '@mttcg/atomic';
import { CpuCommon } from '@mttcg/softmmu';
import { JUMP_CACHE_ENTRIES, JUMP_CACHE_ENTRY_SIZE } from '@mttcg/tcg-ir';
import { describe, expect, it } from 'vitest';
import { WorkQueueLayout } from '../accel/work-queue.ts';
import { RingLayout } from '../io/ring.ts';
import { DEVICE_TIMERS, MachineHeader, MAX_CPUS, TIMERS_PER_CPU } from './layout.ts';
import { createSharedMemory, type MemoryPlanOptions } from './plan.ts';

const H = MachineHeader.offset;
const OPTIONS: MemoryPlanOptions = { cpus: 3, ramBytes: 32 << 20, envBytes: 4096, deviceBytes: 10_000, dirtyBytes: 50_000, tlbBytes: 300_000 };

describe('createSharedMemory', () => {
  const { memory, header } = createSharedMemory(OPTIONS);
  const heap = new Heap(memory);
  const word = (field: number): number => heap.u32[(header + field) >>> 2]!;

  it('places everything where nothing else is', () => {
    const envs = Array.from({ length: OPTIONS.cpus }, (_, cpu) => word(H.env + cpu * 4));
    const parts: [name: string, start: number, bytes: number][] = [
      ['null', 0, 4], ['header', header, MachineHeader.size],
      ['TB descriptors', word(H.tbPool), word(H.tbPoolEnd) - word(H.tbPool)], ['code', word(H.tbCode), word(H.tbCodeEnd) - word(H.tbCode)],
      ['RAM', word(H.ramBase), OPTIONS.ramBytes], ['dirty bits', word(H.dirty), OPTIONS.dirtyBytes],
      ['output', word(H.serialOut), RingLayout.size], ['input', word(H.serialIn), RingLayout.size], ['devices', word(H.deviceState), OPTIONS.deviceBytes],
      ...envs.flatMap((env, cpu): [string, number, number][] => [
        [`env ${cpu}`, env, OPTIONS.envBytes],
        [`jump cache ${cpu}`, heap.u32[(env + CpuCommon.offset.jumpCache) >>> 2]!, JUMP_CACHE_ENTRIES * JUMP_CACHE_ENTRY_SIZE],
        [`TLB ${cpu}`, word(H.tlbStorage + cpu * 4), OPTIONS.tlbBytes], [`queue ${cpu}`, word(H.workQueue + cpu * 4), WorkQueueLayout.size],
      ]),
    ];
    parts.sort((a, b) => a[1] - b[1]);
    for (let i = 1; i < parts.length; i++) expect(parts[i]![1], `${parts[i]![0]} behind ${parts[i - 1]![0]}`).toBeGreaterThanOrEqual(parts[i - 1]![1] + parts[i - 1]![2]);
    const [, start, bytes] = parts.at(-1)!;
    expect(start + bytes).toBeLessThanOrEqual(heap.size);
  });

  it('numbers the vCPUs, with no exception pending and no timer armed', () => {
    for (let cpu = 0; cpu < OPTIONS.cpus; cpu++) {
      const env = word(H.env + cpu * 4);
      expect(heap.u32[(env + CpuCommon.offset.cpuIndex) >>> 2]).toBe(cpu);
      expect(heap.i32[(env + CpuCommon.offset.exceptionIndex) >>> 2]).toBe(-1);
    }
    expect(word(H.env + OPTIONS.cpus * 4)).toBe(0);
    const deadlines = [H.cpuTimers, H.deviceTimers].flatMap((field, i) => Array.from({ length: i === 0 ? MAX_CPUS * TIMERS_PER_CPU : DEVICE_TIMERS }, (_, n) => heap.f64[(header + field) / 8 + n]));
    expect(new Set(deadlines)).toEqual(new Set([Infinity]));
  });
});
