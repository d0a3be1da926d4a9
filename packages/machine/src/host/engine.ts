import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 up for a process whose main business is a machine; a program that only embeds one may leave it alone. Call it
 * before the first machine is made: flags are the whole process's.
 *
 * Function bodies are validated when they are first compiled instead of when their module is. A boot of Debian's kernel
 * generates some 8,000 modules with functions that never run, and its time falls by a tenth.
 */
export function tuneEngine(): void {
  setFlagsFromString('--wasm-lazy-validation');
}
