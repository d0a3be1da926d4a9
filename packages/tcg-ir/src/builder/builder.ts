import type { Temp } from '../ir/function.ts';
import { VectorBuilder } from './vector.ts';

/** Appends ops to a function: every op of the table, and the few shorthands that frontends use most. */
export class Builder extends VectorBuilder {
  /** d = a + value (a safe integer). */
  addiI64(d: Temp, a: Temp, value: number): void {
    if (value === 0) this.movI64(d, a);
    else this.addI64(d, a, this.constI64n(value));
  }
  addiI32(d: Temp, a: Temp, value: number): void {
    if (value === 0) this.movI32(d, a);
    else this.addI32(d, a, this.constI32(value));
  }
  shliI64(d: Temp, a: Temp, count: number): void { this.shlI64(d, a, this.constI64(count, 0)); }
  shriI64(d: Temp, a: Temp, count: number): void { this.shrI64(d, a, this.constI64(count, 0)); }
  sariI64(d: Temp, a: Temp, count: number): void { this.sarI64(d, a, this.constI64(count, 0)); }
  shliI32(d: Temp, a: Temp, count: number): void { this.shlI32(d, a, this.constI32(count)); }
  shriI32(d: Temp, a: Temp, count: number): void { this.shrI32(d, a, this.constI32(count)); }
  sariI32(d: Temp, a: Temp, count: number): void { this.sarI32(d, a, this.constI32(count)); }
}
