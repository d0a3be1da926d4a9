import type { IrFunction } from '../ir/function.ts';
import { mergeBarriers } from './barrier.ts';
import { DeadCode, Unreachable } from './dead.ts';
import { Folder } from './fold.ts';

/** Passes by name; each can be switched off alone. */
export const OPT_PASSES = ['fold', 'unreachable', 'barrier', 'dead'] as const;
export type OptPass = (typeof OPT_PASSES)[number];

/** The pass pipeline. Holds the passes' working arrays, so keep one per thread. */
export class Optimizer {
  readonly #folder = new Folder();
  readonly #dead = new DeadCode();
  readonly #unreachable = new Unreachable();
  readonly #on: ReadonlySet<OptPass>;

  constructor(off: readonly OptPass[] = []) {
    this.#on = new Set(OPT_PASSES.filter((p) => !off.includes(p)));
  }

  /** Optimises in place. */
  run(fn: IrFunction): void {
    if (this.#on.has('fold')) this.#folder.run(fn);
    if (this.#on.has('unreachable')) this.#unreachable.run(fn);
    if (this.#on.has('barrier')) mergeBarriers(fn);
    if (this.#on.has('dead')) this.#dead.run(fn);
  }
}
