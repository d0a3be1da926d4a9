/** A row of the decode tables, for tests, the fuzzer and documentation; the decoder itself does not use it. */
export interface DecodeRow {
  readonly name: string;
  /** Table it comes from: integer, fp, simd, … */
  readonly table: string;
  /** Fixed bits and their values, unsigned. */
  readonly mask: number;
  readonly value: number;
  /** Name, lowest bit, width, 1 for sign-extended. */
  readonly fields: readonly (readonly [name: string, pos: number, width: number, signed: number])[];
  /** Bits that the decoder ignores but that should have these values. */
  readonly shouldMask?: number;
  readonly shouldValue?: number;
  /** Name in `Feature`. */
  readonly feature?: string;
  readonly unimplemented?: boolean;
  /** True for words whose effect is CONSTRAINED UNPREDICTABLE. */
  readonly avoid?: (w: number) => boolean;
}
