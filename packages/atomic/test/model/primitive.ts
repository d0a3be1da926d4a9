/** Stands in for `src/primitive.ts` under the model checker: the same exports, each a step of the execution. */
import type * as Real from '../../src/primitive.ts';
import { execution, viewOf } from './explore.ts';

type IntView = Real.IntView;
type BigView = Real.BigView;
export type { BigView, IntView };
export type WaitResult = Real.WaitResult;

const addressOf = (view: IntView | BigView, index: number): number => index * view.BYTES_PER_ELEMENT;

/** Performs a read-modify-write (or load, or store) of an element and returns its old value. */
function access(name: string, view: IntView, index: number, update: (old: number) => number): number {
  const target = viewOf(view);
  if (!(index >= 0 && index < target.length)) throw new RangeError(`model: index ${index} of ${target.length}`);
  const perform = (): number => {
    const old = target[index];
    target[index] = update(old);
    return old;
  };
  const run = execution();
  if (run === undefined) return perform();
  return run.step((old) => `${name} ${addressOf(target, index)}: ${old} -> ${target[index]}`, perform);
}

function access64(name: string, view: BigView, index: number, update: (old: bigint) => bigint): bigint {
  const target = viewOf(view);
  const perform = (): bigint => {
    const old = target[index];
    target[index] = update(old);
    return old;
  };
  const run = execution();
  return run === undefined ? perform() : run.step((old) => `${name} ${addressOf(target, index)}: ${old} -> ${target[index]}`, perform);
}

const cut = (view: IntView, value: number): number => {
  const one = viewOf(view).slice(0, 1);
  one[0] = value;
  return one[0];
};

export const load: typeof Real.load = (view, index) => access('load', view, index, (old) => old);
export const store: typeof Real.store = (view, index, value) => void access('store', view, index, () => value);
export const add: typeof Real.add = (view, index, value) => access('add', view, index, (old) => old + value);
export const sub: typeof Real.sub = (view, index, value) => access('sub', view, index, (old) => old - value);
export const and: typeof Real.and = (view, index, value) => access('and', view, index, (old) => old & value);
export const or: typeof Real.or = (view, index, value) => access('or', view, index, (old) => old | value);
export const xor: typeof Real.xor = (view, index, value) => access('xor', view, index, (old) => old ^ value);
export const exchange: typeof Real.exchange = (view, index, value) => access('exchange', view, index, () => value);
export const compareExchange: typeof Real.compareExchange = (view, index, expected, next) =>
  access('cmpxchg', view, index, (old) => (old === cut(view, expected) ? next : old));

export const load64: typeof Real.load64 = (view, index) => access64('load', view, index, (old) => old);
export const store64: typeof Real.store64 = (view, index, value) => void access64('store', view, index, () => value);
export const add64: typeof Real.add64 = (view, index, value) => access64('add', view, index, (old) => old + value);
export const sub64: typeof Real.sub64 = (view, index, value) => access64('sub', view, index, (old) => old - value);
export const and64: typeof Real.and64 = (view, index, value) => access64('and', view, index, (old) => old & value);
export const or64: typeof Real.or64 = (view, index, value) => access64('or', view, index, (old) => old | value);
export const xor64: typeof Real.xor64 = (view, index, value) => access64('xor', view, index, (old) => old ^ value);
export const exchange64: typeof Real.exchange64 = (view, index, value) => access64('exchange', view, index, () => value);
export const compareExchange64: typeof Real.compareExchange64 = (view, index, expected, next) =>
  access64('cmpxchg', view, index, (old) => (old === expected ? next : old));

export const wait: typeof Real.wait = (view, index, value, timeoutMs = Infinity) => {
  const target = viewOf(view);
  const run = execution();
  if (run === undefined) throw new Error('model: wait() outside of the threads');
  return run.sleep(addressOf(target, index), () => target[index], value, timeoutMs !== Infinity) as Real.WaitResult;
};

export const notify: typeof Real.notify = (view, index, count = Infinity) => {
  const address = addressOf(viewOf(view), index);
  const run = execution();
  if (run === undefined) return 0;
  return run.step((woken) => `notify ${address}: wakes ${woken}`, () => run.wake(address, count));
};

export const waitAsync: typeof Real.waitAsync = () => {
  throw new Error('model: bodies are synchronous, waitAsync() cannot be explored');
};

export const pause: typeof Real.pause = () => execution()?.giveWay();
export const nap: typeof Real.nap = () => execution()?.giveWay();
export const makeFence: typeof Real.makeFence = () => () => execution()?.step(() => 'fence', () => undefined);

// A missing export does not compile.
({ load, store, add, sub, and, or, xor, exchange, compareExchange, load64, store64, add64, sub64, and64, or64, xor64,
  exchange64, compareExchange64, wait, notify, waitAsync, pause, nap, makeFence }) satisfies typeof Real;
