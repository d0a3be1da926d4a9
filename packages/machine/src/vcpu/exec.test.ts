import { Heap } from '@mttcg/atomic';
import { CpuCommon, Excp, type GuestCpu } from '@mttcg/softmmu';
import { JUMP_CACHE_ENTRIES, JUMP_CACHE_ENTRY_SIZE } from '@mttcg/tcg-ir';
import { describe, expect, it } from 'vitest';
import { Work } from '../accel/work-queue.ts';
import { MachineHeader, RunState } from '../memory/layout.ts';
import { CpuExec, ExecEnd, type ExecParts } from './exec.ts';

const C = CpuCommon.offset;
const ENV = 4096;
const HEADER = 8192;
const JUMP_CACHE = 65536;

/** An exec loop over parts that only write down what is asked of them. `run` stands for generated code. */
function makeExec(parts: { run: () => number; inSection?: () => void; runOne?: () => number }): { exec: CpuExec; heap: Heap; calls: string[] } {
  const heap = new Heap(new SharedArrayBuffer(JUMP_CACHE + JUMP_CACHE_ENTRIES * JUMP_CACHE_ENTRY_SIZE));
  heap.u32[(ENV + C.jumpCache) >>> 2] = JUMP_CACHE;
  heap.i32[(ENV + C.exceptionIndex) >>> 2] = Excp.NONE;
  const calls: string[] = [];
  const queue: number[] = [];
  const flushes = { seen: 0, count: 0 };
  const fake = {
    env: ENV, heap, header: HEADER, insnAlignBits: 2, parallel: true, hot: new Uint8Array(16),
    cpu: { tbKey: () => undefined, deliverException: () => undefined, hasWork: () => false, interrupt: () => false },
    tlb: { codeHost: () => 0, codePhys: 0, flushByMmuIdx: (mask: number) => calls.push(`flush ${mask}`) },
    cache: { get flushCount() { return flushes.count; }, lookup: () => 1, isInvalid: () => false, addJump: () => undefined },
    code: {
      run: parts.run,
      runOne: () => {
        calls.push('one instruction');
        return parts.runOne?.() ?? 0;
      },
      syncFlush: () => {
        if (flushes.seen === flushes.count) return false;
        flushes.seen = flushes.count;
        calls.push('forget code');
        return true;
      },
    },
    translator: {}, bql: { lock: () => undefined, unlock: () => undefined }, log: { exec: false },
    exclusive: {
      execStart: () => calls.push('in'), execEnd: () => calls.push('out'), end: () => calls.push('end'),
      start: () => {
        calls.push('start');
        if (parts.inSection === undefined) return;
        parts.inSection();
        queue.push(3);
        flushes.count++;
      },
    },
    work: {
      get pending() { return queue.length > 0; },
      drain: (run: (kind: number, a: number, b: number, c: number, d: number, mask: number) => void) => {
        for (const mask of queue.splice(0)) run(Work.TLB_FLUSH_IDX, 0, 0, 0, 0, mask);
      },
    },
  };
  return { exec: new CpuExec(fake as unknown as ExecParts<GuestCpu>), heap, calls };
}

describe('CpuExec', () => {
  it('does what others asked for before the one instruction of an exclusive section', () => {
    let runs = 0;
    const { exec, heap, calls } = makeExec({
      run: () => {
        if (runs++ === 0) heap.i32[(ENV + C.exceptionIndex) >>> 2] = Excp.ATOMIC;
        else heap.u32[(HEADER + MachineHeader.offset.state) >>> 2] = RunState.QUIT;
        heap.u32[(ENV + C.exitRequest) >>> 2] = runs > 1 ? 1 : 0;
        return 0;
      },
      // another vCPU's own section came first: it has sent TLB flushes, and flushed the TB cache
      inSection: () => undefined,
    });
    expect(exec.run()).toBe(ExecEnd.STOPPED);
    expect(calls).toEqual(['in', 'out', 'start', 'flush 3', 'forget code', 'one instruction', 'end', 'in', 'out']);
  });

  it('returns when the vCPU halts and when the machine stops', () => {
    const { exec, heap } = makeExec({
      run: () => {
        heap.i32[(ENV + C.exceptionIndex) >>> 2] = Excp.HLT;
        return 0;
      },
    });
    expect(exec.run()).toBe(ExecEnd.HALTED);
    expect(heap.u32[(ENV + C.halted) >>> 2]).toBe(1);
    heap.u32[(HEADER + MachineHeader.offset.state) >>> 2] = RunState.PAUSED;
    expect(exec.run()).toBe(ExecEnd.STOPPED);
  });

  it('completes a synced flush before it runs on', () => {
    let runs = 0;
    const { exec, heap, calls } = makeExec({
      run: () => {
        heap.u32[(ENV + C.exitRequest) >>> 2] = 1;
        if (runs++ === 0) exec.syncPending = true;
        else heap.u32[(HEADER + MachineHeader.offset.state) >>> 2] = RunState.QUIT;
        return 0;
      },
    });
    exec.run();
    expect(calls).toEqual(['in', 'out', 'start', 'end', 'in', 'out']);
  });

  it('ends a slice at an exit request, but not before a synced flush', () => {
    const { exec, heap, calls } = makeExec({
      run: () => {
        heap.u32[(ENV + C.exitRequest) >>> 2] = 1;
        return 0;
      },
    });
    exec.slice = true;
    expect(exec.run()).toBe(ExecEnd.SLICE);
    expect(calls).toEqual(['in', 'out']);
  });
});
