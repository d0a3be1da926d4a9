/** Types of temps; also the letters i, l, v of the op table. */
export const Type = { I32: 0, I64: 1, V128: 2 } as const;

export const HelperFlag = {
  /** Neither reads nor writes any global temp: they need not be written back before the call. */
  NO_GLOBALS: 1,
  /** Reads globals (through env memory) but changes none: not reloaded after the call. */
  NO_WRITE_GLOBALS: 2,
  /** No effect but its result, which depends on nothing but the arguments: may be deleted or merged. */
  PURE: 4,
  /**
   * Returns an i32 status that the op consumes itself: nonzero leaves through the fault exit with the pc of the
   * current guest instruction and exit code EXCEPTION. Such a helper has `ret: ''` for the IR, and must not have
   * changed a global when it reports a fault.
   */
  CAN_FAULT: 8,
} as const;

/**
 * A function that generated code can call.
 *
 * kind `js`: imported JavaScript function. An i64 argument arrives as two i32 (low, high); an i64 result is written
 * by the helper to the 8 bytes at env + scratch; an i32 result is returned. No v128.
 * kind `wasm`: imported WebAssembly function with the types as they stand.
 */
export interface HelperDef {
  readonly name: string;
  readonly kind: 'js' | 'wasm';
  /** A letter per argument: i or l (or v for kind wasm). At most 6. */
  readonly params: string;
  /** '' | 'i' | 'l' (or 'v' for kind wasm). */
  readonly ret: string;
  readonly flags: number;
}

/** A value of the CPU state that lives in env memory and is cached in a temp: registers, flags, pc. */
export interface GlobalDef {
  readonly name: string;
  readonly type: number;
  /** Offset from env in bytes. */
  readonly offset: number;
}
