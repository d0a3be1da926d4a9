import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MachineOptions } from '../../src/machine.ts';
import { finish, makeProgram, runProgram } from './program.ts';
import { OPEN, RECORDED, wanted } from './recorded.ts';

const POWEROFF = { reason: 'poweroff' };

type Case = [name: string, options: Partial<MachineOptions>];
const TWO: Case = ['2 vCPUs', { cpus: 2 }];
const FOUR: Case = ['4 vCPUs', { cpus: 4 }];
const SINGLE: Case = ['2 vCPUs on one thread', { cpus: 2, thread: 'single' }];

describe('contended counters', () => {
  const ROUNDS = 20_000;
  const PAIR_ROUNDS = 150;
  const hex = (n: number): string => n.toString(16);

  /** What is left of byte and halfword counters in one doubleword. */
  function narrow(cpus: number): string {
    const bytes = Array.from({ length: cpus }, () => ROUNDS & 0xff);
    let value = (BigInt(ROUNDS * cpus) & 0xffffn) << 48n;
    bytes.forEach((b, i) => (value |= BigInt(b) << BigInt(8 * i)));
    return value.toString(16);
  }

  function expected(cpus: number, lse: boolean): string[] {
    const n = cpus * ROUNDS;
    const pairs = cpus * PAIR_ROUNDS;
    const l = (value: number): string => hex(lse ? value : 0);
    return [
      `ldxr/stxr ${hex(n)}`, `ldaxr/stlxr ${hex(3 * n)}`, `bytes and halfword ${narrow(cpus)}`,
      `ldaxp/stlxp of words ${hex(2 * n)}${hex(n).padStart(8, '0')}`, `ldxp/stxp ${hex(pairs)}`, `lock ${hex(n)}`,
      `ldadd ${l(n)}`, `cas ${l(n)}`, `swp ${l(n)}`, `casp ${l(pairs)}`, 'bits 0',
      `ldxp/stxp, second ${hex(2 * pairs)}`, `lock, second ${hex(5 * n)}`, `ldaddal, second ${l(7 * n)}`, `casp, second ${l(2 * pairs)}`,
      `maximum ${l(ROUNDS)}`, 'end',
    ];
  }

  it.each<Case>([
    TWO, FOUR, SINGLE,
    ['2 vCPUs with LSE', { cpus: 2, cpuModel: 'max' }],
    ['4 vCPUs with LSE', { cpus: 4, cpuModel: 'max' }],
    ['4 vCPUs with LSE on one thread', { cpus: 4, cpuModel: 'max', thread: 'single' }],
  ])('lose nothing: %s', async (_name, options) => {
    const run = await runProgram('counters', options);
    expect(run.lines).toEqual(expected(options.cpus!, options.cpuModel === 'max'));
    expect(run.end).toEqual(POWEROFF);
  });
});

describe('messages between CPUs', () => {
  it.each<Case>([TWO, SINGLE, ['2 vCPUs, -cpu max', { cpus: 2, cpuModel: 'max' }]])('keep their order where barriers say so: %s', async (_name, options) => {
    const run = await runProgram('messages', options);
    expect(run.lines).toEqual([
      'messages with dmb ish: 0', 'messages with dmb ishst and dmb ishld: 0', 'messages with stlr and ldar: 0',
      'stores with dmb ish, both unseen: 0', 'stores with stlr and ldar, both unseen: 0', 'end',
    ]);
    expect(run.counts).toHaveLength(2);
  });
});

describe('code that changes', () => {
  const own = [
    'function rewritten, wrong results: 0', 'instruction ahead, wrong results: 0', 'alias, wrong results: 0', 'hot loop, wrong sums: 0',
    'data beside code, difference: 0',
  ];
  const foreign = ['code of a running CPU, changes unseen after 4 s: 0', 'code of another CPU, old instruction after its ISB: 0'];

  it('is found on the same vCPU', async () => {
    expect((await runProgram('smc', { cpus: 1 })).lines).toEqual([...own, 'end']);
  });

  it.each<Case>([TWO, FOUR, SINGLE])('is found on another vCPU: %s', async (_name, options) => {
    expect((await runProgram('smc', options)).lines).toEqual([...own, ...foreign, 'end']);
  });
});

describe('subroutines in hot code', () => {
  it.each<Case>([['1 vCPU', {}], ['-cpu max', { cpuModel: 'max' }]])('return, change, fault and are interrupted as anywhere: %s', async (_name, options) => {
    expect((await runProgram('calls', options)).lines).toEqual([
      'three places, sum off by: 0', 'recursion, wrong results: 0', 'return beside the call, sum off by: 0', 'subroutine rewritten, wrong sums: 0',
      'fault in a subroutine, ELR off by: 0 x3 off by: 0 x0 off by: 0', 'interrupts in a loop of returns: 1', 'end',
    ]);
  });
});

describe('a page that moves', () => {
  it.each<Case>([TWO, FOUR, SINGLE, ['3 vCPUs, -cpu max', { cpus: 3, cpuModel: 'max' }]])('is never seen at the old place after TLBI and DSB: %s', async (_name, options) => {
    const run = await runProgram('tlb', options);
    expect(run.lines).toEqual([
      ...['vae1is', 'vaae1is', 'vale1is', 'vmalle1is', 'break before make'].map((way) => `${way}, writes to the old place: 0`),
      'stale values read: 0', 'pair increments missing: 0', 'second halves missing: 0', 'end',
    ]);
    // the others did read
    expect(Number.parseInt(run.counts[0]!.split(': ')[1]!, 16)).toBeGreaterThan(100);
  });
});

describe('programs recorded with QEMU', () => {
  it.each(RECORDED)('$program on $cpuModel', async ({ program, cpuModel }) => {
    const theirs = readFileSync(join(import.meta.dirname, 'vectors', `${program}.${cpuModel}.txt`), 'utf8').trimEnd().split('\n');
    const { lines } = await runProgram(program, { cpuModel });
    const open = (line: string): boolean => OPEN.some((o) => o.program === program && o.line.test(line));
    const kept = (all: readonly string[]): string[] => all.filter((line) => !open(line));
    expect(kept(lines)).toEqual(kept(theirs.map((line) => wanted(program, line))));
    expect(lines).toHaveLength(theirs.length);
  });
});

describe('DMA outside RAM', () => {
  it('harms nobody', async () => {
    const { lines, counts } = await runProgram('dma', { rng: true });
    expect(lines).toEqual(['device 4', 'a good buffer, buffers used: 1', 'it has random bytes: 1', 'a good buffer again, buffers used: 1', 'jump to a device, exceptions: 1', 'end']);
    expect(counts).toHaveLength(9);
  });
});

describe('interrupts and power', () => {
  it.each<Case>([TWO, SINGLE])('WFI wakes, CPUs go on and off: %s', async (_name, options) => {
    expect((await runProgram('wake', options)).lines).toEqual([
      'timer ticks: 1e', 'ticks while masked: 1e', 'ticks then: 1f', 'CPU 1 at first: 1', 'no such CPU: fffffffffffffffe',
      'CPU 0 is on: fffffffffffffffc', 'switched on: 0', 'SGIs answered: 64', 'context: 123456789abcdef0',
      'EL, DAIF, SCTLR bits M, C, I: 3c4', 'on already: fffffffffffffffc', 'off', 'starts: 14', 'end',
    ]);
  });

  const starts = [1, 2, 3].map((n) => `start 500${n}, datum 1234, now 500${n}`);

  it.each<Case>([['1 vCPU', { cpus: 1 }], TWO, SINGLE])('SYSTEM_RESET loads the machine again: %s', async (_name, options) => {
    const run = await runProgram('reset', options);
    expect(run).toEqual({ lines: [...starts, 'end'], counts: [], end: POWEROFF });
  });

  it('starts paused, runs on resume, pauses and goes on', async () => {
    const { machine, text } = await makeProgram('stress', { cpus: 2 });
    machine.start(true);
    expect(machine.status).toBe('paused');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(machine.statistics.tbs).toBe(0);
    machine.resume();
    while (machine.statistics.tbs < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    machine.pause();
    expect(machine.status).toBe('paused');
    machine.resume();
    const run = await finish(machine, text);
    expect(run.lines.at(-1)).toBe('end');
    expect(run.end).toEqual(POWEROFF);
  });

  it('quits while it runs and while it is paused', async () => {
    for (const paused of [false, true]) {
      const { machine } = await makeProgram('stress', { cpus: 2 });
      machine.start(paused);
      await new Promise((resolve) => setTimeout(resolve, 50));
      machine.quit();
      expect(await machine.ended).toEqual({ reason: 'quit' });
    }
  });
});

describe('everything that stops other vCPUs, at once', () => {
  it.each<Case>([TWO, FOUR, ['8 vCPUs, -cpu max', { cpus: 8, cpuModel: 'max' }], ['4 vCPUs on one thread', { cpus: 4, thread: 'single' }]])('comes to an end and loses nothing: %s', async (_name, options) => {
    const run = await runProgram('stress', options);
    expect(run.lines).toEqual(['increments missing: 0', 'second halves missing: 0', 'old code run: 0', 'end']);
    expect(run.end).toEqual(POWEROFF);
  });
});
