/** An object in the shape of `Atomics` whose operations on the model's memory are steps of the execution. */
import { atomicAccess, notify, pause, unsupported, type Value, wait } from './access.ts';
import { codecOf, type View, type ViewName } from './element.ts';
import type { Host, Views } from './views.ts';

const RealAtomics = Atomics;

type Update = (old: Value, operand: Value) => Value | undefined;

// bigint and number alike: both operands are of the view's kind, or the operators throw
const UPDATES: Readonly<Record<string, Update>> = {
  load: () => undefined,
  store: (_, value) => value,
  exchange: (_, value) => value,
  add: (old, value) => ((old as number) + (value as number)) as Value,
  sub: (old, value) => ((old as number) - (value as number)) as Value,
  and: (old, value) => ((old as number) & (value as number)) as Value,
  or: (old, value) => ((old as number) | (value as number)) as Value,
  xor: (old, value) => ((old as number) ^ (value as number)) as Value,
};

export interface AtomicsOptions {
  /** Waits of at most so many milliseconds are naps. */
  readonly napMs: number;
}

export function modelAtomics(host: Host, views: Views, { napMs }: AtomicsOptions): typeof Atomics {
  /** The element in the model's memory, or undefined where the real operation is to be called. */
  const element = (view: unknown, index: unknown): { name: ViewName; address: number } | undefined => {
    const real = views.real(view);
    if (host.execution === undefined || real?.shared !== true) return undefined;
    const at = Math.trunc(Number(index)) || 0;
    if (!(at >= 0 && at < real.target.length)) throw new RangeError('Invalid atomic access index');
    const name = real.target[Symbol.toStringTag] as ViewName;
    if (name.startsWith('Float') || name === 'Uint8ClampedArray') throw new TypeError('[object Array] is not an integer typed array.');
    return { name, address: real.target.byteOffset + at * real.target.BYTES_PER_ELEMENT };
  };
  const real = (name: string, view: unknown, args: unknown[]): unknown => {
    const target: View | unknown = views.real(view)?.target ?? view;
    return (RealAtomics as unknown as Record<string, (...args: unknown[]) => unknown>)[name](target, ...args);
  };
  const whole = (name: ViewName, value: unknown): Value => (name.startsWith('Big') ? (value as bigint) : Math.trunc(Number(value)) || 0);

  const operations = Object.fromEntries(Object.entries(UPDATES).map(([name, update]) => [name, (view: unknown, index: unknown, operand?: unknown) => {
    const at = element(view, index);
    if (at === undefined) return real(name, view, name === 'load' ? [index] : [index, operand]);
    const value = whole(at.name, operand);
    const old = atomicAccess(host.execution!, {
      name, codec: codecOf(at.name), address: at.address, update: (before) => update(before, value),
    });
    return name === 'store' ? value : old;
  }]));

  return {
    [Symbol.toStringTag]: 'Atomics',
    ...operations,
    compareExchange(view: unknown, index: unknown, expected: unknown, next: unknown) {
      const at = element(view, index);
      if (at === undefined) return real('compareExchange', view, [index, expected, next]);
      const codec = codecOf(at.name);
      const wanted = codec.decode(codec.encode(whole(at.name, expected)));
      const value = whole(at.name, next);
      return atomicAccess(host.execution!, {
        name: 'compareExchange', codec, address: at.address, update: (old) => (old === wanted ? value : undefined),
      });
    },
    wait(view: unknown, index: unknown, expected: unknown, timeoutMs?: number) {
      const at = element(view, index);
      if (at === undefined) {
        if (views.real(view)?.shared === true) throw unsupported('Atomics.wait() outside of the threads: nobody else runs');
        return real('wait', view, [index, expected, timeoutMs]);
      }
      if (at.name !== 'Int32Array' && at.name !== 'BigInt64Array') throw new TypeError('[object Array] is not an int32 or BigInt64 typed array.');
      const codec = codecOf(at.name);
      const timeout = timeoutMs === undefined || Number.isNaN(Number(timeoutMs)) ? Infinity : Math.max(0, Number(timeoutMs));
      return wait(host.execution!, codec, at.address, codec.decode(codec.encode(whole(at.name, expected))), timeout, napMs);
    },
    notify(view: unknown, index: unknown, count: number = Infinity) {
      const at = element(view, index);
      return at === undefined ? real('notify', view, [index, count]) : notify(host.execution!, at.address, Math.max(0, Math.trunc(count) || 0));
    },
    waitAsync(view: unknown, ...args: unknown[]) {
      if (views.real(view)?.shared === true) throw unsupported('bodies are synchronous: Atomics.waitAsync() cannot be explored');
      return real('waitAsync', view, args);
    },
    isLockFree: (size: number) => RealAtomics.isLockFree(size),
    pause(iterations?: number) {
      if (host.execution !== undefined) pause(host.execution);
      else (RealAtomics as { pause?: (n?: number) => void }).pause?.(iterations);
    },
  } as unknown as typeof Atomics;
}
