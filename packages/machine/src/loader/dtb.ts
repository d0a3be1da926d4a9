import { FdtError, parseFdt } from '../fdt/index.ts';
import type { FdtTree } from '../fdt/index.ts';
import { LoaderError } from './error.ts';

/** Reads a user's device tree blob. */
export function parseDtb(bytes: Uint8Array): FdtTree {
  try {
    return parseFdt(bytes);
  } catch (error) {
    if (error instanceof FdtError) throw new LoaderError('-dtb', error.message);
    throw error;
  }
}
