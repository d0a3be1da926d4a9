import type { IrFunction } from '../ir/function.ts';
import { mergeBarriers } from './barrier.ts';
import { Branches } from './branches.ts';
import { DeadCode } from './dead.ts';
import { Folder } from './fold.ts';

/**
 * Passes by name; each can be switched off alone.
 * fold         constants, copies, known bits, identities, decided conditions
 * env          (part of fold) loads of CPU state that was just loaded or stored
 * unreachable  code without a way to it, branches to what follows, unused labels
 * barrier      consecutive memory barriers
 * dead         results that nobody reads
 * coalesce     (part of dead) results computed directly in the global they are moved to
 */
export const OPT_PASSES = ['fold', 'env', 'unreachable', 'barrier', 'dead', 'coalesce'] as const;
export type OptPass = (typeof OPT_PASSES)[number];

/**
 * The pass pipeline, in place on the function's arrays: deleted ops become nop, rewritten ones keep their place,
 * constants may be added. What a function does to registers, memory and its exit value stays exactly the same.
 * Holds the passes' working arrays, so keep one per thread; nothing is allocated per op.
 */
export class Optimizer {
  readonly #folder = new Folder();
  readonly #branches = new Branches();
  readonly #dead = new DeadCode();
  readonly #fold: boolean;
  readonly #unreachable: boolean;
  readonly #barrier: boolean;
  readonly #liveness: boolean;

  /** `off` names the passes to leave out. */
  constructor(off: readonly OptPass[] = []) {
    const on = (pass: OptPass): boolean => !off.includes(pass);
    this.#fold = on('fold');
    this.#folder.env = on('env');
    this.#unreachable = on('unreachable');
    this.#barrier = on('barrier');
    this.#liveness = on('dead');
    this.#dead.coalesce = on('coalesce');
  }

  /** Optimises a function that the verifier accepts. */
  run(fn: IrFunction): void {
    if (this.#fold) this.#folder.run(fn);
    if (this.#unreachable) this.#branches.run(fn);
    if (this.#barrier) mergeBarriers(fn);
    if (this.#liveness) this.#dead.run(fn);
  }
}
