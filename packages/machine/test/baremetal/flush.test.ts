import { Heap } from '@mttcg/atomic';
import { describe, expect, it } from 'vitest';
import { NodeControlPlatform } from '../../src/host/node.ts';
import type { ThreadHandle } from '../../src/host/platform.ts';
import type { MachineOptions } from '../../src/machine.ts';
import { MachineHeader } from '../../src/memory/layout.ts';
import { CODE_REGION_BYTES } from '../../src/tb/cache.ts';
import { TB_SIZE } from '../../src/tb/descriptor.ts';
import type { ThreadData } from '../../src/thread/main.ts';
import { finish, makeProgram } from './program.ts';

const H = MachineHeader.offset;

/** Leaves the machine room for so many TBs and regions of code, before its threads look. */
class CrampedPlatform extends NodeControlPlatform {
  readonly #tbs: number;
  readonly #codeBytes: number;

  constructor(tbs: number, codeBytes: number) {
    super();
    this.#tbs = tbs;
    this.#codeBytes = codeBytes;
  }

  override spawn(data: unknown): ThreadHandle {
    const { memory, header } = data as ThreadData;
    const { u32 } = new Heap(memory);
    u32[(header + H.tbPoolEnd) >>> 2] = u32[(header + H.tbPool) >>> 2]! + this.#tbs * TB_SIZE;
    u32[(header + H.tbCodeEnd) >>> 2] = u32[(header + H.tbCode) >>> 2]! + this.#codeBytes;
    return super.spawn(data);
  }
}

const PLENTY = 64 << 20;

describe('a TB cache that is full all the time', () => {
  it.each<[name: string, program: string, options: Partial<MachineOptions>, tbs: number, code: number, lines: readonly string[]]>([
    ['TBs, 1 vCPU', 'smc', { cpus: 1 }, 60, PLENTY, [': 0', 'end']],
    ['TBs, 2 vCPUs', 'smc', { cpus: 2 }, 60, PLENTY, [': 0', 'end']],
    ['TBs, 4 vCPUs', 'stress', { cpus: 4 }, 40, PLENTY, [': 0', 'end']],
    ['TBs, 4 vCPUs on one thread', 'stress', { cpus: 4, thread: 'single' }, 40, PLENTY, [': 0', 'end']],
    ['TBs, faults', 'faults', { cpus: 1 }, 40, PLENTY, ['', 'end']],
    ['TBs, moving pages', 'tlb', { cpus: 3 }, 60, PLENTY, [': 0', 'end']],
    ['TBs, reset', 'reset', { cpus: 2 }, 40, PLENTY, ['start 500', 'end']],
    ['bytes of code, 2 vCPUs', 'smc', { cpus: 2 }, 1 << 18, 2 * CODE_REGION_BYTES, [': 0', 'end']],
  ])('%s: %s', async (_name, program, options, tbs, code, [line, last]) => {
    const { machine, text } = await makeProgram(program, options, new CrampedPlatform(tbs, code));
    machine.start();
    const run = await finish(machine, text);
    expect(run.end).toEqual({ reason: 'poweroff' });
    expect(run.lines.at(-1)).toBe(last);
    for (const printed of run.lines.slice(0, -1)) expect(printed).toContain(line);
    if (tbs < 1000) expect(machine.statistics.flushes).toBeGreaterThan(3);
  });
});
