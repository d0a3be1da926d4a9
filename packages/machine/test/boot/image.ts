import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A kernel and what it boots into. */
export interface GuestImage {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array;
  readonly append: string;
  /** Files of the two, for other emulators. */
  readonly kernelFile: string;
  readonly initrdFile: string;
}

const NAME = 'debian-arm64';
const CLI = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));

/** Line that the image's /init prints when the guest is up; the number of CPUs follows. */
export const READY_MARKER = 'mttcg-guest ready:';

/**
 * The image that `mttcg images pull` makes, pulled when the cache does not have it; or why there is none. The CLI runs
 * as a program, from its source: this package lies below it.
 */
export async function guestImage(): Promise<GuestImage | { readonly reason: string }> {
  const cli = (...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['--conditions=@mttcg/source', CLI, 'images', ...args], { timeout: 240_000, maxBuffer: 1 << 24 });
  try {
    await cli('pull', NAME);
    const list = JSON.parse((await cli('list', '--json')).stdout) as { name: string; kernel: string; initrd: string; append: string }[];
    const row = list.find((r) => r.name === NAME)!;
    return { kernel: readFileSync(row.kernel), initrd: readFileSync(row.initrd), append: row.append, kernelFile: row.kernel, initrdFile: row.initrd };
  } catch (error) {
    const { stderr, killed, message } = error as { stderr?: string; killed?: boolean; message: string };
    if (killed === true) return { reason: 'fetching it took more than 4 minutes' };
    return { reason: stderr?.trim().split('\n').at(-1) ?? message };
  }
}
