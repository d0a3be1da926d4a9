import { describe, expect, it } from 'vitest';
import { type Body, explore, ModelError, replay, type Scenario } from './index.ts';

const failureOf = (scenario: Scenario): ModelError => {
  try {
    explore(scenario);
  } catch (error) {
    return error as ModelError;
  }
  throw new Error('nothing failed');
};

/** Two threads that count without a lock. */
const lost: Scenario = {
  threads: [0, 1].map((): Body => (memory) => {
    const view = new Int32Array(memory);
    view[4]++;
  }),
  check: (memory) => {
    if (new Int32Array(memory)[4] !== 2) throw new Error('lost an update');
  },
};

describe('a failure', () => {
  const error = failureOf(lost);

  it('shows thread, operation, address and value of each step', () => {
    expect(error).toBeInstanceOf(ModelError);
    expect(error.code).toBe('ERR_CHECK');
    expect((error.cause as Error).message).toBe('lost an update');
    expect(error.message).toContain([
      'thread: step', '  0: plain load i32@16 -> 0', '  1: plain load i32@16 -> 0', '  1: plain store i32@16 = 1', '  0: plain store i32@16 = 1', 'schedule: 0 1*2 0',
    ].join('\n'));
  });

  it('can be run again by its schedule', () => {
    expect(() => replay(lost, error.schedule)).toThrow(/lost an update/);
    expect(replay(lost, '0*2 1*2').trace).toHaveLength(4);
    expect(() => replay(lost, '0*9')).toThrow(/step 3 is not possible here/);
    expect(() => replay(lost, '0*2 7')).toThrow(/"7" is no step of 2 threads/);
  });

  it('can be run again with late stores and old values', () => {
    const publish: Scenario = {
      plain: 'relaxed',
      threads: [
        (memory) => {
          const view = new Int32Array(memory);
          view[0] = 7;
          view[1] = 1;
        },
        (memory) => {
          const view = new Int32Array(memory);
          return view[1] === 1 ? view[0] : 7;
        },
      ],
      check: (_, [, seen]) => expect(seen).toBe(7),
    };
    const { schedule, trace } = failureOf(publish);
    expect(schedule).toMatch(/0\.\d|:\d/);
    expect(() => replay(publish, schedule)).toThrow(ModelError);
    expect(failureOf({ ...publish, exhaustive: false, randomRuns: 300, seed: 3 }).message).toContain('random, seed 3');
    expect(trace.some((line) => line.includes('plain load'))).toBe(true);
  });

  it('of random executions is the same for the same seed', () => {
    const random = { ...lost, exhaustive: false, randomRuns: 50, seed: 5 };
    expect(failureOf(random).schedule).toBe(failureOf(random).schedule);
  });
});

describe('globals', () => {
  const names = ['Atomics', 'Int32Array', 'Uint8Array', 'BigInt64Array', 'DataView', 'WebAssembly', 'performance', 'Date'] as const;

  it('are put back, also when a body throws', () => {
    const before = names.map((name) => globalThis[name]);
    explore({ threads: [() => expect(names.map((name) => globalThis[name])).not.toEqual(before)] });
    expect(names.map((name) => globalThis[name])).toEqual(before);
    expect(() => explore({ threads: [() => { throw new Error('mine'); }] })).toThrow(/mine/);
    expect(names.map((name) => globalThis[name])).toEqual(before);
  });

  it('can be left alone: bodies then use the model they are given', () => {
    const before = globalThis.Atomics;
    const { executions } = explore({
      globals: false,
      threads: [0, 1].map((): Body => (memory, model) => {
        expect(globalThis.Atomics).toBe(before);
        return model.Atomics.add(new model.views.Int32Array(memory), 0, 1);
      }),
    });
    expect(executions).toBe(2);
  });

  it('leave other buffers alone', () => {
    const { steps } = explore({
      threads: [() => {
        const own = new Int32Array(new SharedArrayBuffer(16));
        Atomics.add(own, 0, 2);
        own[1] = 5;
        expect([...own]).toEqual([2, 5, 0, 0]);
      }],
    });
    expect(steps).toBe(0);
  });

  it('have views that behave as the real ones', () => {
    explore({
      memory: 64,
      threads: [(memory) => {
        const u8 = new Uint8Array(memory);
        expect(u8).toBeInstanceOf(Uint8Array);
        expect([u8.length, u8.byteOffset, u8.buffer, u8.BYTES_PER_ELEMENT]).toEqual([64, 0, memory, 1]);
        u8.set([1, 2, 3, 4], 4);
        expect([...u8.subarray(4, 8)]).toEqual([1, 2, 3, 4]);
        expect(u8.subarray(4).subarray(1)[0]).toBe(2);
        expect(Array.from(u8.slice(5, 7))).toEqual([2, 3]);
        expect([u8.at(-1), u8[64], u8.indexOf(3), u8.includes(9)]).toEqual([0, undefined, 6, false]);
        new Uint32Array(memory, 8, 2).fill(0x01020304);
        const view = new DataView(memory, 8);
        expect([view.getUint16(0), view.getUint16(0, true), view.getUint32(4, true)]).toEqual([0x0403, 0x0304, 0x01020304]);
        view.setInt16(1, -2);
        expect([u8[9], u8[10]]).toEqual([255, 254]);
        new Uint8Array(memory, 0, 4).set([4, 1, 3, 2]);
        new Uint8Array(memory, 0, 4).sort();
        expect([...u8.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
        const wide = new BigInt64Array(memory);
        Atomics.store(wide, 4, -1n);
        expect([Atomics.add(wide, 4, 3n), wide[4], Atomics.compareExchange(wide, 4, 2n, 9n), new Float64Array(memory).length]).toEqual([-1n, 2n, 2n, 8]);
        expect(() => Atomics.load(u8, 64)).toThrow(RangeError);
        expect(() => Atomics.wait(u8 as unknown as Int32Array, 0, 0)).toThrow(TypeError);
        expect([Atomics.store(u8, 0, 257), Atomics.sub(u8, 0, 2), Atomics.exchange(u8, 0, 7), Atomics.and(u8, 0, 3), Atomics.or(u8, 0, 4), Atomics.xor(u8, 0, 1), u8[0]]).toEqual([257, 1, 255, 7, 3, 7, 6]);
      }],
    });
  });
});

describe('waits', () => {
  const view = (memory: SharedArrayBuffer): Int32Array => new Int32Array(memory);
  const outcomes = (...threads: Body[]): string[] => {
    const seen = new Set<string>();
    explore({ threads, check: (_, results) => void seen.add(results.join()) });
    return [...seen].sort();
  };

  it('sleep until they are notified', () => {
    expect(outcomes(
      (memory) => Atomics.wait(view(memory), 0, 0),
      (memory) => {
        Atomics.store(view(memory), 0, 1);
        return Atomics.notify(view(memory), 0);
      },
    )).toEqual(['not-equal,0', 'ok,1']);
  });

  it('without anybody to notify are a deadlock', () => {
    expect(failureOf({ threads: [(memory) => Atomics.wait(view(memory), 0, 0)] })).toMatchObject({ code: 'ERR_DEADLOCK' });
  });

  it('with a long timeout run out when nothing else can run, and then time has passed', () => {
    expect(outcomes((memory) => {
      const before = performance.now();
      return [Atomics.wait(view(memory), 0, 0, 5000), performance.now() - before, Date.now()];
    }, (memory) => Atomics.add(view(memory), 1, 1))).toEqual(['timed-out,5000,5000,0']);
  });

  it('with a short one are pauses', () => {
    expect(outcomes(
      (memory) => {
        let naps = 0;
        while (Atomics.load(view(memory), 0) === 0) {
          Atomics.wait(view(memory), 0, 0, 0.1);
          naps++;
        }
        return naps < 5;
      },
      (memory) => {
        Atomics.store(view(memory), 0, 1);
        return Atomics.notify(view(memory), 0);
      },
    )).toEqual(['true,0']);
  });

  it('that promise cannot be explored', () => {
    expect(failureOf({ threads: [(memory) => void Atomics.waitAsync(view(memory), 0, 0)] })).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(failureOf({ threads: [() => Promise.resolve()] })).toMatchObject({ code: 'ERR_UNSUPPORTED' });
  });
});

describe('loops that wait', () => {
  const setter: Body = (memory) => void Atomics.store(new Int32Array(memory), 0, 1);
  const spinner = (pause: () => void): Body => (memory) => {
    const view = new Int32Array(memory);
    while (Atomics.load(view, 0) === 0) pause();
  };

  it('end, with pauses and without', () => {
    expect(explore({ threads: [spinner(() => Atomics.pause()), setter] }).steps).toBeLessThan(10);
    expect(explore({ threads: [spinner(() => {}), setter] }).steps).toBeLessThan(40);
    expect(explore({ threads: [spinner(() => Atomics.pause()), setter], preemptions: Infinity }).steps).toBeLessThan(10);
  });

  it('for ever are a livelock', () => {
    expect(failureOf({ threads: [spinner(() => Atomics.pause())] })).toMatchObject({ code: 'ERR_LIVELOCK' });
  });

  it('that give up do so when nobody else can run', () => {
    const patient: Body = (memory) => {
      const view = new Int32Array(memory);
      let left = 20;
      while (Atomics.load(view, 0) === 0 && left-- > 0) Atomics.pause();
      return left;
    };
    explore({ threads: [patient], check: (_, [left]) => expect(left).toBe(-1) });
  });

  it('see plain stores in the end', () => {
    explore({
      plain: 'relaxed',
      threads: [
        (memory) => {
          const view = new Int32Array(memory);
          while (view[0] === 0) Atomics.pause();
        },
        (memory) => void (new Int32Array(memory)[0] = 1),
      ],
    });
  });
});

describe('what is wrong with a scenario', () => {
  it('that keeps state outside its bodies', () => {
    let runs = 0;
    const stateful: Body = (memory) => {
      const view = new Int32Array(memory);
      Atomics.add(view, runs++ % 100, 1);
      Atomics.add(view, 2, 1);
    };
    expect(failureOf({ threads: [stateful, stateful] })).toMatchObject({ code: 'ERR_NOT_DETERMINISTIC' });
  });

  it('that swallows what switches threads', () => {
    const greedy: Body = (memory) => {
      try {
        for (let i = 0; i < 3; i++) Atomics.add(new Int32Array(memory), 0, 1);
      } catch {
        // everything
      }
    };
    expect(failureOf({ threads: [greedy, greedy] }).message).toContain('swallowed');
  });

  it('that is too large, or empty', () => {
    const many: Body = (memory) => {
      for (let i = 0; i < 6; i++) Atomics.add(new Int32Array(memory), 0, 1);
    };
    expect(failureOf({ threads: [many, many], maxExecutions: 50 })).toMatchObject({ code: 'ERR_TOO_LARGE' });
    expect(failureOf({ threads: [many, many], maxSteps: 5 })).toMatchObject({ code: 'ERR_LIVELOCK' });
    expect(failureOf({ threads: [] })).toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
    expect(failureOf({ threads: [many], exhaustive: false })).toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
  });
});

describe('widths that mix', () => {
  it('are torn byte by byte, as the memory model says', () => {
    const seen = new Set<number>();
    explore({
      plain: 'relaxed',
      threads: [
        (memory) => {
          const bytes = new Uint8Array(memory);
          bytes[0] = 1;
          bytes[1] = 1;
        },
        (memory) => new Uint16Array(memory)[0],
      ],
      check: (_, [, value]) => void seen.add(value as number),
    });
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 256, 257]);
  });

  it('are whole for one width', () => {
    const seen = new Set<number>();
    explore({
      plain: 'relaxed',
      threads: [(memory) => void (new Uint16Array(memory)[0] = 257), (memory) => new Uint16Array(memory)[0]],
      check: (_, [, value]) => void seen.add(value as number),
    });
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 257]);
  });

  it('see their own stores at once', () => {
    explore({
      plain: 'relaxed',
      threads: [(memory) => {
        new Uint8Array(memory)[1] = 1;
        return new Uint16Array(memory)[0];
      }],
      check: (_, [value]) => expect(value).toBe(256),
    });
  });
});

describe('threads', () => {
  it.each([['with pauses', true], ['without', false]] as const)('loop over their own store until another takes its place, %s', (_name, pauses) => {
    for (const preemptions of [undefined, 1]) {
      explore({
        plain: 'relaxed',
        ...(preemptions === undefined ? {} : { preemptions }),
        threads: [
          (memory) => {
            const view = new Int32Array(memory);
            view[0] = 1;
            let seen: number;
            while ((seen = view[0]) === 1) if (pauses) Atomics.pause();
            return seen;
          },
          (memory) => {
            const view = new Int32Array(memory);
            while (Atomics.load(view, 0) === 0) Atomics.pause();
            Atomics.store(view, 0, 2);
          },
        ],
        check: (_memory, [value]) => expect(value).toBe(2),
      });
    }
  });
});
