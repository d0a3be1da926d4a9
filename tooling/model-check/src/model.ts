/** What stands between bodies and the execution in progress: views, Atomics, clocks, WebAssembly. */
import { fence } from './access.ts';
import { modelAtomics } from './atomics.ts';
import type { ViewName } from './element.ts';
import type { Execution } from './execution.ts';
import type { Globals } from './globals.ts';
import { type Host, Views } from './views.ts';
import { modelWebAssembly } from './wasm/instance.ts';

type Constructors = { readonly [N in ViewName]: (typeof globalThis)[N] } & { readonly DataView: typeof DataView };

const realPerformance = performance;
const RealDate = Date;

/**
 * For bodies that take what they use as a parameter: an object in the shape of `Atomics`, constructors of views (of the
 * model's memory and of any other), and a fence. The same as the globals are while bodies run.
 */
export class Model implements Host {
  readonly buffer: SharedArrayBuffer;
  execution: Execution | undefined;
  readonly Atomics: typeof Atomics;
  readonly views: Constructors;
  readonly WebAssembly: typeof WebAssembly;

  /** @param napMs timed waits of at most so many milliseconds are naps */
  constructor(buffer: SharedArrayBuffer, napMs: number) {
    this.buffer = buffer;
    const views = new Views(this);
    this.views = views.constructors() as unknown as Constructors;
    this.Atomics = modelAtomics(this, views, { napMs });
    this.WebAssembly = modelWebAssembly(this);
  }

  /** A full fence for plain accesses, as WebAssembly's `atomic.fence`. */
  fence(): void {
    if (this.execution !== undefined) fence(this.execution);
  }

  /** Milliseconds: for a thread, time passes only by waits that time out. */
  now(): number {
    return this.execution === undefined ? realPerformance.now() : this.execution.elapsed;
  }

  globals(): Globals {
    const now = (): number => this.now();
    return {
      ...this.views,
      Atomics: this.Atomics,
      WebAssembly: this.WebAssembly,
      performance: Object.create(realPerformance, { now: { value: now } }) as unknown,
      Date: new Proxy(RealDate, { get: (target, key) => (key === 'now' && this.execution !== undefined ? now : Reflect.get(target, key)) }),
    };
  }
}
