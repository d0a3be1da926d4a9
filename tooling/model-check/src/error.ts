/** What went wrong, for code that wants to tell cases apart. */
export type ModelErrorCode =
  /** A body or `check` threw: `cause` is what it threw. */
  | 'ERR_CHECK'
  /** No thread can run: all that have not ended sleep. */
  | 'ERR_DEADLOCK'
  /** More steps than allowed, or threads that spin for ever. */
  | 'ERR_LIVELOCK'
  /** More executions than allowed. */
  | 'ERR_TOO_LARGE'
  /** A body did something else when it was run again. */
  | 'ERR_NOT_DETERMINISTIC'
  /** Something that cannot be explored. */
  | 'ERR_UNSUPPORTED'
  /** A bad scenario, schedule, edit or module. */
  | 'ERR_BAD_ARGUMENT';

/** Every error of this package. Of a failed execution, the message ends with its interleaving and schedule. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;
  /** The steps of the failed execution, one line each: thread, operation, address, values. */
  readonly trace: readonly string[];
  /** Runs just this execution again: give it to `replay()`. */
  readonly schedule: string;

  constructor(code: ModelErrorCode, message: string, options: { cause?: unknown; trace?: readonly string[]; schedule?: string } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ModelError';
    this.code = code;
    this.trace = options.trace ?? [];
    this.schedule = options.schedule ?? '';
  }
}
