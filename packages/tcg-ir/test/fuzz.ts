/**
 * Fuzzes the optimiser and the backend against the interpreter: `pnpm fuzz [seconds [first seed [ops]]]`. Prints the
 * seed, and for a mismatch the shrunk function; exits with 1 then.
 */
import { fuzz } from '../src/fuzz/main.ts';

const [seconds = 30, first = Date.now() % 1_000_000_000, size = 60] = process.argv.slice(2).map(Number);
console.log(`seeds from ${first} on, for ${seconds} s`);
const result = fuzz(first, seconds, () => performance.now(), size);
console.log(result.report ?? 'no mismatch', `\n${result.cases} cases`);
process.exitCode = result.report === undefined ? 0 : 1;
