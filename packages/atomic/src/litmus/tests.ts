/** The classic litmus tests, and what the memory model allows each to show. */

/** One access: a store of a constant 1 or 2, or a load into a register. Locations 0 and 1 are on different cache lines. */
export type LitmusOp =
  | { readonly op: 'store'; readonly at: 0 | 1; readonly value: 1 | 2 }
  | { readonly op: 'load'; readonly at: 0 | 1; readonly register: number };

/** A litmus test. */
export interface LitmusTest {
  /** As the literature has it. */
  readonly name: string;
  /** What weakness it looks for. */
  readonly about: string;
  /** The accesses of each thread, in program order. */
  readonly threads: readonly (readonly LitmusOp[])[];
  /** Registers in all threads together. */
  readonly registers: number;
  /** Whether the final values of the locations belong to the outcome. */
  readonly final: boolean;
}

const W = (at: 0 | 1, value: 1 | 2): LitmusOp => ({ op: 'store', at, value });
const R = (at: 0 | 1, register: number): LitmusOp => ({ op: 'load', at, register });
const X = 0;
const Y = 1;

/** Every test that there is. */
export const LITMUS_TESTS: readonly LitmusTest[] = [
  { name: 'MP', about: 'message passing', threads: [[W(X, 1), W(Y, 1)], [R(Y, 0), R(X, 1)]], registers: 2, final: false },
  { name: 'SB', about: 'store buffering', threads: [[W(X, 1), R(Y, 0)], [W(Y, 1), R(X, 1)]], registers: 2, final: false },
  { name: 'LB', about: 'load buffering', threads: [[R(X, 0), W(Y, 1)], [R(Y, 1), W(X, 1)]], registers: 2, final: false },
  { name: 'CoRR', about: 'coherence: two loads of one location', threads: [[W(X, 1)], [R(X, 0), R(X, 1)]], registers: 2, final: false },
  { name: 'CoWW', about: 'coherence: two stores to one location', threads: [[W(X, 1), W(X, 2)], [R(X, 0)]], registers: 1, final: true },
  { name: 'CoRW', about: 'coherence: a load, then a store to its location', threads: [[R(X, 0), W(X, 1)], [W(X, 2)]], registers: 1, final: true },
  { name: 'CoWR', about: 'coherence: a store, then a load of its location', threads: [[W(X, 1), R(X, 0)], [W(X, 2)]], registers: 1, final: true },
  { name: 'R', about: 'a store overtaken by a store, then a load', threads: [[W(X, 1), W(Y, 1)], [W(Y, 2), R(X, 0)]], registers: 1, final: true },
  { name: 'S', about: 'a store seen before an earlier one takes effect', threads: [[W(X, 2), W(Y, 1)], [R(Y, 0), W(X, 1)]], registers: 1, final: true },
  { name: '2+2W', about: 'two pairs of stores in opposite order', threads: [[W(X, 1), W(Y, 2)], [W(Y, 1), W(X, 2)]], registers: 0, final: true },
  {
    name: 'IRIW',
    about: 'two readers disagree about the order of two independent writes',
    threads: [[W(X, 1)], [W(Y, 1)], [R(X, 0), R(Y, 1)], [R(Y, 2), R(X, 3)]],
    registers: 4,
    final: false,
  },
];

/** An outcome as a number: two bits for each register, then two for each location's final value. */
export function encodeOutcome(test: LitmusTest, registers: ArrayLike<number>, x: number, y: number): number {
  let code = 0;
  for (let i = 0; i < test.registers; i++) code |= registers[i] << (2 * i);
  if (test.final) code |= (x << (2 * test.registers)) | (y << (2 * test.registers + 2));
  return code;
}

/** Such as `r0=1 r1=0` or `r0=0 x=1 y=2`. */
export function describeOutcome(test: LitmusTest, code: number): string {
  const parts: string[] = [];
  for (let i = 0; i < test.registers; i++) parts.push(`r${i}=${(code >> (2 * i)) & 3}`);
  for (const [at, name] of ['x', 'y'].entries()) {
    if (test.final && test.threads.some((ops) => ops.some((op) => op.at === at))) parts.push(`${name}=${(code >> (2 * (test.registers + at))) & 3}`);
  }
  return parts.join(' ');
}

/** All outcomes of sequentially consistent executions, which are what atomic accesses may show: found by running every interleaving. */
export function sequentialOutcomes(test: LitmusTest): Set<number> {
  const outcomes = new Set<number>();
  const memory = [0, 0];
  const registers = [0, 0, 0, 0];
  const positions = test.threads.map(() => 0);
  const go = (): void => {
    let ended = true;
    test.threads.forEach((ops, thread) => {
      const op = ops[positions[thread]];
      if (op === undefined) return;
      ended = false;
      positions[thread]++;
      const cells = op.op === 'store' ? memory : registers;
      const cell = op.op === 'store' ? op.at : op.register;
      const before = cells[cell];
      cells[cell] = op.op === 'store' ? op.value : memory[op.at];
      go();
      cells[cell] = before;
      positions[thread]--;
    });
    if (ended) outcomes.add(encodeOutcome(test, registers, memory[0], memory[1]));
  };
  go();
  return outcomes;
}

interface Write {
  readonly thread: number;
  readonly position: number;
  readonly value: number;
}

/** Every combination of one element of each list. */
function* combinations(lists: readonly (readonly number[])[]): Generator<number[]> {
  if (lists.length === 0) yield [];
  else for (const rest of combinations(lists.slice(1))) for (const first of lists[0]) yield [first, ...rest];
}

/** Outcomes where each register and each final value is one of those given for it. */
function outcomesOf(test: LitmusTest, values: (at: 0 | 1, thread: number | undefined, position: number) => number[]): Set<number> {
  const registers: number[][] = Array.from({ length: test.registers }, () => []);
  test.threads.forEach((ops, thread) => ops.forEach((op, position) => {
    if (op.op === 'load') registers[op.register] = values(op.at, thread, position);
  }));
  const finals = test.final ? [values(0, undefined, 0), values(1, undefined, 0)] : [];
  const outcomes = new Set<number>();
  for (const found of combinations([...registers, ...finals])) {
    outcomes.add(encodeOutcome(test, found, found[test.registers] ?? 0, found[test.registers + 1] ?? 0));
  }
  return outcomes;
}

const writesTo = (test: LitmusTest, at: 0 | 1): Write[] =>
  test.threads.flatMap((ops, thread) => ops.flatMap((op, position) => (op.op === 'store' && op.at === at ? [{ thread, position, value: op.value }] : [])));

/**
 * All outcomes that the memory model of ECMAScript and WebAssembly allows plain accesses. They are ordered by program order
 * within a thread, by the threads' start and by their end, and by nothing else: a load sees any write that does not come after
 * it and that no other write comes after and before the load. So two loads of one location need not agree with any order.
 */
export function plainOutcomes(test: LitmusTest): Set<number> {
  return outcomesOf(test, (at, reader, position) => {
    const writes = writesTo(test, at);
    /** Whether `write` happens before the load in question; the final ones come after everything. */
    const before = (write: Write) => reader === undefined || (write.thread === reader && write.position < position);
    const overwritten = (write: Write) => writes.some((w) => w.thread === write.thread && w.position > write.position && before(w));
    const seen = writes.filter((w) => !overwritten(w) && !(w.thread === reader && w.position > position)).map(({ value }) => value);
    return writes.some(before) ? seen : [0, ...seen];
  });
}

/** All outcomes one can think of: each load sees any value that its location ever has. */
export function conceivableOutcomes(test: LitmusTest): Set<number> {
  return outcomesOf(test, (at, reader) => {
    const values = writesTo(test, at).map(({ value }) => value);
    return reader === undefined && values.length > 0 ? values : [0, ...values];
  });
}
