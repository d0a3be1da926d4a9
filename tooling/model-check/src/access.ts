/** The accesses that bodies make, as operations of an execution: what typed arrays, Atomics and WebAssembly are built on. */
import type { Codec } from './element.ts';
import { ModelError } from './error.ts';
import type { Execution } from './execution.ts';
import { footprint, NOTHING } from './footprint.ts';
import type { Look } from './spin.ts';

export type Value = number | bigint;

/** `run` with an execution in progress; its memory is what is accessed. */
export function plainLoad(run: Execution, codec: Codec, address: number): Value {
  const name = 'plain load';
  if (run.replaying) return run.replay(name, address) as Value;
  const { memory, thread } = run;
  const range = { address, size: codec.size };
  const { relaxed } = memory;
  let look: Look | undefined;
  let mark = '';
  let sources: readonly number[] = [];
  return run.step({
    name,
    address,
    fencing: false,
    footprint: footprint(relaxed ? 'plain' : 'read', address, codec.size),
    variants: () => {
      if (!relaxed) return 1;
      const possible = memory.variants(thread, range);
      return possible.length + (memory.guesses?.candidates(thread, range, possible).length ?? 0);
    },
    perform(variant) {
      let value: Value;
      const possible = relaxed ? memory.variants(thread, range) : [];
      if (relaxed && variant >= possible.length) {
        const bytes = memory.guesses!.candidates(thread, range, possible)[variant - possible.length];
        memory.guesses!.make(thread, range, bytes);
        value = codec.decode(bytes);
        mark = ' (what is stored later)';
      } else if (relaxed) {
        const bytes = possible[variant];
        sources = memory.sources(thread, range, bytes);
        value = codec.decode(bytes);
        if (memory.forwards(thread, range)) mark = ' (its own store)';
        else if (variant > 0) mark = ` (memory holds ${codec.read(memory.bytes, address)})`;
      } else value = codec.read(memory.bytes, address);
      look = { name, ...range, value, codec };
      return value;
    },
    describe: (value) => `plain load ${codec.name}@${address} -> ${value}${mark}`,
    look: () => look,
    ...(relaxed ? { sources: () => sources } : {}),
  }) as Value;
}

export function plainStore(run: Execution, codec: Codec, address: number, value: unknown): void {
  // before anything else: it may throw
  const bytes = codec.encode(value);
  storeBytes(run, address, bytes, `plain store ${codec.name}@${address} = ${value}`);
}

/** A plain store of any length. */
export function storeBytes(run: Execution, address: number, bytes: Uint8Array, text: string): void {
  const name = 'plain store';
  if (run.replaying) return void run.replay(name, address);
  const { memory } = run;
  if (memory.relaxed) {
    memory.buffer(run.thread, address, bytes, text, run.steps.length);
    run.acted();
    run.note(name, address, undefined, text);
    return;
  }
  run.step({
    name,
    address,
    fencing: false,
    footprint: footprint('write', address, bytes.length),
    perform: () => memory.write(run.steps.length, run.thread, address, bytes),
    describe: () => text,
  });
}

export interface AtomicAccess {
  readonly name: string;
  readonly codec: Codec;
  readonly address: number;
  /** The value to store; undefined to store none. */
  readonly update: (old: Value) => Value | undefined;
}

/** An atomic load, store or read-modify-write. @returns the old value */
export function atomicAccess(run: Execution, { name, codec, address, update }: AtomicAccess): Value {
  if (run.replaying) return run.replay(name, address) as Value;
  const { memory } = run;
  const range = { address, size: codec.size };
  let text = '';
  let look: Look | undefined;
  return run.step({
    name,
    address,
    fencing: true,
    footprint: footprint(name === 'load' ? 'read' : 'write', address, codec.size),
    perform() {
      const value = codec.read(memory.bytes, address);
      const next = update(value);
      text = `${name} ${codec.name}@${address}: ${value}`;
      if (next === undefined) look = { name, ...range, value, codec };
      else {
        const bytes = codec.encode(next);
        memory.write(run.steps.length, run.thread, address, bytes);
        text += ` -> ${codec.decode(bytes)}`;
      }
      return value;
    },
    describe: () => text,
    look: () => look,
  }) as Value;
}

export type WaitResult = 'ok' | 'not-equal' | 'timed-out';

/** @param napMs waits of no more than this are naps */
export function wait(run: Execution, codec: Codec, address: number, expected: Value, timeoutMs: number, napMs: number): WaitResult {
  const result = (run.replaying ? run.replay('wait', address) : sleep(run, codec, address, expected, timeoutMs, napMs)) as WaitResult;
  if (result === 'timed-out') {
    run.elapse(timeoutMs);
    if (timeoutMs <= napMs) pause(run);
  }
  return result;
}

function sleep(run: Execution, codec: Codec, address: number, expected: Value, timeoutMs: number, napMs: number): unknown {
  const { memory } = run;
  const range = { address, size: codec.size };
  const nap = timeoutMs <= napMs;
  const equal = (): boolean => codec.read(memory.bytes, address) === expected;
  let look: Look | undefined;
  return run.step({
    name: 'wait',
    address,
    fencing: true,
    footprint: { access: 'read', ranges: [range], queue: nap ? -1 : address },
    perform() {
      if (nap) look = { name: 'wait', ...range, value: codec.read(memory.bytes, address), codec };
      if (!equal()) return 'not-equal';
      return nap ? 'timed-out' : run.sleep(address, timeoutMs !== Infinity);
    },
    describe: (result) => `wait ${codec.name}@${address} for a change of ${expected}: ${typeof result === 'symbol' ? 'sleeps' : String(result)}`,
    ...(nap ? { look: () => look } : {}),
  });
}

export function notify(run: Execution, address: number, count: number): number {
  if (run.replaying) return run.replay('notify', address) as number;
  return run.step({
    name: 'notify',
    address,
    fencing: true,
    footprint: { ...NOTHING, queue: address },
    perform: () => run.wake(address, count),
    describe: (woken) => `notify @${address}: wakes ${String(woken)}`,
  }) as number;
}

export function fence(run: Execution): void {
  if (run.replaying) return void run.replay('fence', 0);
  run.step({ name: 'fence', address: 0, fencing: true, footprint: NOTHING, perform: () => undefined, describe: () => 'fence' });
}

export function pause(run: Execution): void {
  if (run.replaying) return void run.replay('pause', 0);
  run.pause('pause');
}

export function unsupported(what: string): ModelError {
  return new ModelError('ERR_UNSUPPORTED', what);
}
