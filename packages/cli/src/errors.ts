/** Something the user can mend. The message is one sentence (no full stop) and is printed without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The user ended it by a signal; the exit status is 128 plus the signal's number, as shells have it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly status: number;

  constructor(status: number) {
    super('interrupted');
    this.status = status;
  }
}

/** What an unknown thrown value says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error of the file system or of a child process in words, without Node's "ENOENT: ..., open '...'" form. */
export function systemReason(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  switch (code) {
    case 'ENOENT': return 'there is no such file';
    case 'EACCES':
    case 'EPERM': return 'permission denied';
    case 'EISDIR': return 'it is a directory';
    case 'ENOTDIR': return 'a part of its path is not a directory';
    case 'ENOSPC': return 'no space is left on the device';
    case 'EROFS': return 'the file system is read-only';
    default: return messageOf(error);
  }
}
