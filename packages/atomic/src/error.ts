/** What went wrong, for code that wants to tell cases apart. */
export type AtomicErrorCode =
  | 'ERR_NOT_SHARED'
  | 'ERR_MISALIGNED'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_ARENA_FULL'
  | 'ERR_BAD_LAYOUT'
  | 'ERR_NOT_OWNER'
  | 'ERR_NOT_LOCKED'
  | 'ERR_STALLED'
  | 'ERR_BAD_ARGUMENT';

/** Every error this package throws on purpose. The message names the argument. */
export class AtomicError extends Error {
  readonly code: AtomicErrorCode;

  constructor(code: AtomicErrorCode, message: string) {
    super(message);
    this.name = 'AtomicError';
    this.code = code;
  }
}

/** Throws unless `offset` is an integer, a multiple of `align` and `[offset, offset + size)` lies in `byteLength`. */
export function checkRange(what: string, offset: number, size: number, align: number, byteLength: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset + size > byteLength) {
    throw new AtomicError('ERR_OUT_OF_RANGE', `${what}: ${size} bytes at offset ${offset} are not within ${byteLength} bytes`);
  }
  if (offset % align !== 0) throw new AtomicError('ERR_MISALIGNED', `${what}: offset ${offset} is not a multiple of ${align}`);
}
