import { FuzzCase } from './check.ts';
import { FuzzMachine } from './machine.ts';

/**
 * Runs cases from `first` on until one fails or `seconds` have passed; returns how many ran and the failure's report.
 */
export function fuzz(first: number, seconds: number, now: () => number, size = 60): { cases: number; report?: string } {
  const machine = new FuzzMachine();
  const end = now() + seconds * 1000;
  let seed = first;
  for (; now() < end; seed++) {
    const one = new FuzzCase(machine, seed, size);
    const mismatch = one.check();
    if (mismatch) return { cases: seed - first + 1, report: one.report(mismatch) };
  }
  return { cases: seed - first };
}
