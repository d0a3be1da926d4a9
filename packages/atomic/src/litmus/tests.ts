/** The classic litmus tests, and what sequential consistency allows each to show. */

/** One access: a store of a constant 1 or 2, or a load into a register. Locations 0 and 1 are on different cache lines. */
export type LitmusOp =
  | { readonly op: 'store'; readonly at: 0 | 1; readonly value: 1 | 2 }
  | { readonly op: 'load'; readonly at: 0 | 1; readonly register: number };

export interface LitmusTest {
  readonly name: string;
  /** What weakness it looks for. */
  readonly about: string;
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
  { name: 'CoRR', about: 'coherence of two loads of one location', threads: [[W(X, 1)], [R(X, 0), R(X, 1)]], registers: 2, final: false },
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
  if (test.final) parts.push(`x=${(code >> (2 * test.registers)) & 3}`, `y=${(code >> (2 * test.registers + 2)) & 3}`);
  return parts.join(' ');
}

/** All outcomes of sequentially consistent executions: found by running every interleaving. */
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
