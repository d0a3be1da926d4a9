import { describe, expect, it, vi } from 'vitest';
import { explore, ModelError, type Body, type Scenario } from './index.ts';

vi.setConfig({ testTimeout: Number(process.env['MODEL_TIMEOUT'] ?? 120_000) });

/** xorshift32 from a seed: the same programs each time. */
function dice(seed: number): (sides: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

type Op = (views: { i32: Int32Array; u8: Uint8Array; u16: Uint16Array }) => unknown;

const CELLS = 2;
/** So many of the kinds below are plain accesses. */
const PLAIN_KINDS = 6;

/** One operation, of a kind that may conflict with others in some way. */
function randomOp(roll: (sides: number) => number, relaxed: boolean, plainOnly = false): [string, Op] {
  const at = roll(CELLS);
  const value = 1 + roll(2);
  const kinds: [string, Op][] = [
    [`r${at}`, ({ i32 }) => i32[at]],
    [`r${at}`, ({ i32 }) => i32[at]],
    [`w${at}=${value}`, ({ i32 }) => void (i32[at] = value)],
    [`w${at}=${value}`, ({ i32 }) => void (i32[at] = value)],
    [`byte${at}=${value}`, ({ u8 }) => void (u8[at * 4 + (relaxed ? 0 : 1)] = value)],
    [`half${at}`, ({ u16 }) => u16[at * 2]],
    [`R${at}`, ({ i32 }) => Atomics.load(i32, at)],
    [`W${at}=${value}`, ({ i32 }) => void Atomics.store(i32, at, value)],
    [`add${at}`, ({ i32 }) => Atomics.add(i32, at, 1)],
    [`cas${at}`, ({ i32 }) => Atomics.compareExchange(i32, at, 0, value)],
    [`wait${at}`, ({ i32 }) => Atomics.wait(i32, at, 0)],
    [`wait1000 ${at}`, ({ i32 }) => Atomics.wait(i32, at, 0, 1000)],
    [`notify${at}`, ({ i32 }) => Atomics.notify(i32, at, 1)],
    [`spin${at}`, ({ i32 }) => {
      for (let i = 0; i < 5; i++) {
        const seen = Atomics.load(i32, at);
        if (seen !== 0) return seen;
        Atomics.pause();
      }
      return 'gave up';
    }],
    [`if${at}`, ({ i32 }) => {
      const seen = i32[at];
      return seen === 0 ? Atomics.add(i32, 1 - at, 1) : seen;
    }],
  ];
  return kinds[roll(plainOnly ? PLAIN_KINDS : kinds.length)];
}

function randomProgram(roll: (sides: number) => number, op: () => [string, Op]): { text: string; threads: Body[] } {
  const shape = roll(3) === 0 ? [2, 2, 2] : [3, 3];
  const programs = shape.map((length) => Array.from({ length }, op));
  const threads = programs.map((ops): Body => (memory) => {
    const views = { i32: new Int32Array(memory), u8: new Uint8Array(memory), u16: new Uint16Array(memory) };
    return ops.map(([, run]) => run(views));
  });
  return { text: programs.map((ops) => ops.map(([name]) => name).join(' ')).join(' || '), threads };
}

/** All outcomes, deadlocks included. */
function outcomes(scenario: Scenario): { outcomes: string[]; executions: number } {
  const seen = new Set<string>();
  let executions = 0;
  const check: Scenario['check'] = (memory, results) => void seen.add(`${JSON.stringify(results)} ${new Int32Array(memory, 0, CELLS).join()}`);
  try {
    const { executions: made, pruned } = explore({ ...scenario, check });
    executions = made + pruned;
  } catch (error) {
    if (!(error instanceof ModelError && error.code === 'ERR_DEADLOCK')) throw error;
    return { outcomes: ['deadlock'], executions };
  }
  return { outcomes: [...seen].sort(), executions };
}

const PROGRAMS = Number(process.env['MODEL_PROGRAMS'] ?? 300);
const SEED = Number(process.env['MODEL_SEED'] ?? 1);

describe.each(['sc', 'relaxed'] as const)('%s', (plain) => {
  it(`shows the same outcomes with and without reduction, in ${PROGRAMS} random programs`, () => {
    const roll = dice(SEED);
    let reduced = 0;
    let all = 0;
    let deadlocks = 0;
    for (let i = 0; i < PROGRAMS; i++) {
      const { text, threads } = randomProgram(roll, () => randomOp(roll, plain === 'relaxed'));
      const scenario: Scenario = { memory: 16, threads, plain, maxExecutions: 2_000_000 };
      const [a, b] = [outcomes(scenario), outcomes({ ...scenario, preemptions: Infinity })];
      expect(a.outcomes, `program ${i} of seed ${SEED}: ${text}`).toEqual(b.outcomes);
      if (a.outcomes[0] === 'deadlock') deadlocks++;
      reduced += a.executions;
      all += b.executions;
    }
    console.log(`${plain}, seed ${SEED}: ${reduced} executions instead of ${all}; ${deadlocks} programs deadlock`);
    expect(reduced).toBeLessThan(all / 2);
  });
});

it('shows what a sleeper loads before a store that took effect while another load of the storing thread slept', () => {
  const scenario: Scenario = {
    memory: 16,
    plain: 'relaxed',
    threads: [
      (memory) => Atomics.notify(new Int32Array(memory), 1, 1),
      (memory) => {
        const i32 = new Int32Array(memory);
        i32[1] = 1;
        return i32[0];
      },
      (memory) => {
        const i32 = new Int32Array(memory);
        return [Atomics.wait(i32, 1, 0, 1000), i32[1] === 0 ? Atomics.add(i32, 0, 1) : 'no'];
      },
    ],
  };
  const wanted = outcomes({ ...scenario, preemptions: Infinity }).outcomes;
  expect(wanted).toContain('[1,1,["ok",0]] 1,1');
  expect(outcomes(scenario).outcomes).toEqual(wanted);
});

// The comparison above is of two searches in one model: this one is of two models.
describe('relaxed against sc', () => {
  it(`shows all that one access after another shows, with and without reduction, in ${PROGRAMS} random programs of plain accesses`, () => {
    const roll = dice(SEED);
    let [sequential, relaxed] = [0, 0];
    for (let i = 0; i < PROGRAMS; i++) {
      const { text, threads } = randomProgram(roll, () => randomOp(roll, true, true));
      const scenario: Scenario = { memory: 16, threads, maxExecutions: 2_000_000 };
      const of = (plain: 'sc' | 'relaxed'): string[] => outcomes({ ...scenario, plain }).outcomes;
      const [narrow, wide] = [of('sc'), of('relaxed')];
      expect(outcomes({ ...scenario, plain: 'relaxed', preemptions: Infinity }).outcomes, `program ${i} of seed ${SEED}: ${text}`).toEqual(wide);
      expect(wide, `program ${i} of seed ${SEED}: ${text}`).toEqual(expect.arrayContaining(narrow));
      sequential += narrow.length;
      relaxed += wide.length;
    }
    console.log(`seed ${SEED}: ${sequential} sequential outcomes, ${relaxed} relaxed ones`);
    expect(relaxed).toBeGreaterThan(sequential);
  });
});
