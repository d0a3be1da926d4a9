/** Which option of the command line gave the file. */
export type LoaderOption = '-kernel' | '-initrd' | '-dtb';

/** A file that cannot be booted from. The message is one sentence that names the option and, where there is one, the limit. */
export class LoaderError extends Error {
  override readonly name = 'LoaderError';
  readonly option: LoaderOption;

  /** @param problem continues "`option`: " and has no full stop */
  constructor(option: LoaderOption, problem: string) {
    super(`${option}: ${problem}`);
    this.option = option;
  }
}

/** "12 MiB", or bytes and KiB below that, for messages. Rounds up. */
export function sizeText(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${Math.ceil(bytes / (1024 * 1024))} MiB`;
  if (bytes >= 1024) return `${Math.ceil(bytes / 1024)} KiB`;
  return `${bytes} bytes`;
}
