/** What went wrong, for code that wants to tell cases apart. */
export type AtomicErrorCode =
  /** Memory that other threads cannot see. */
  | 'ERR_NOT_SHARED'
  /** An offset that is no multiple of what it has to be. */
  | 'ERR_MISALIGNED'
  /** An offset or index outside of the memory. */
  | 'ERR_OUT_OF_RANGE'
  /** Null where a structure's handle is wanted. */
  | 'ERR_NULL_HANDLE'
  | 'ERR_ARENA_FULL'
  | 'ERR_BAD_LAYOUT'
  /** The thread unlocks what another holds. */
  | 'ERR_NOT_OWNER'
  /** The thread unlocks what nobody holds. */
  | 'ERR_NOT_LOCKED'
  /** The thread waits for a lock that it holds itself. */
  | 'ERR_DEADLOCK'
  /** The lock's holder has ended; see {@link OwnerDiedError}. */
  | 'ERR_OWNER_DIED'
  /** The thread may not block: a browser's main thread. */
  | 'ERR_MUST_NOT_BLOCK'
  /** A reader keeps a grace period open. */
  | 'ERR_STALLED'
  | 'ERR_BAD_ARGUMENT';

/** Every error this package throws on purpose. The message names the argument. */
export class AtomicError extends Error {
  /** Which kind of error. */
  readonly code: AtomicErrorCode;

  constructor(code: AtomicErrorCode, message: string) {
    super(message);
    this.name = 'AtomicError';
    this.code = code;
  }
}

/** Thrown to those who want a lock whose holder has ended without giving it up. They do not have the lock. */
export class OwnerDiedError extends AtomicError {
  /** The lock, as named by whoever made the handle. */
  readonly lock: string;
  /** Id of the thread that held it. */
  readonly threadId: number;

  constructor(lock: string, threadId: number) {
    super('ERR_OWNER_DIED', `${lock}: thread ${threadId} has ended while it held the lock; recover() takes it over`);
    this.name = 'OwnerDiedError';
    this.lock = lock;
    this.threadId = threadId;
  }
}

/** Throws unless `offset` is an integer, a multiple of `align` and `[offset, offset + size)` lies in `byteLength`. */
export function checkRange(what: string, offset: number, size: number, align: number, byteLength: number): void {
  if (!Number.isInteger(offset) || offset < 0 || !(offset + size <= byteLength)) {
    throw new AtomicError('ERR_OUT_OF_RANGE', `${what}: ${size} bytes at offset ${offset} are not within ${byteLength} bytes`);
  }
  if (offset % align !== 0) throw new AtomicError('ERR_MISALIGNED', `${what}: offset ${offset} is not a multiple of ${align}`);
}
