import { assertValid, type OptPass, OPT_PASSES, Optimizer, parseFunction, printFunction, TbExit, verify } from '@mttcg/tcg-ir';
import { cloneFunction } from '../src/fuzz/check.ts';
import { compareOutcomes, FUZZ_GLOBALS, FUZZ_HELPERS, FuzzMachine, globalOf } from '../src/fuzz/machine.ts';
import { Random } from '../src/fuzz/random.ts';

/**
 * File tests. A file starts with `test <kind> [passes]` and has cases:
 *
 *     == name, a line of its own
 *     text IR
 *     ->
 *     what is expected
 *
 * Kinds: `opt` runs the named passes (all of them if none is named) and expects the printed result; `verify` expects
 * the verifier's complaints, or `ok`; `run` executes the case interpreted, optimised and compiled, which must agree,
 * and expects the exit value's code and the globals that changed. A run case may start with `@ x0 = 0x5` lines; all
 * other globals start as 0.
 */
export interface FileTest {
  readonly kind: string;
  readonly passes: readonly string[];
  /** The lines before the first case. */
  readonly head: string;
  readonly cases: readonly FileCase[];
}

export interface FileCase {
  readonly name: string;
  readonly input: string;
  readonly expected: string;
}

export function parseFileTest(text: string): FileTest {
  const parts = text.split(/^== /m);
  const head = parts[0]!;
  const m = /^test (opt|verify|run)((?: [\w-]+)*)$/m.exec(head);
  if (!m) throw new Error('a file test starts with: test opt|verify|run [passes]');
  const cases = parts.slice(1).map((part) => {
    const [name, ...lines] = part.split('\n');
    const at = lines.indexOf('->');
    if (at < 0) throw new Error(`case "${name}" has no ->`);
    return { name: name!.trim(), input: trimmed(lines.slice(0, at)), expected: trimmed(lines.slice(at + 1)) };
  });
  return { kind: m[1]!, passes: m[2]!.trim().split(' ').filter((p) => p !== ''), head, cases };
}

export function printFileTest(test: FileTest, results: readonly string[]): string {
  return test.head + test.cases.map((c, i) => `== ${c.name}\n${c.input}\n->\n${results[i]!}\n\n`).join('').replace(/\n\n$/, '\n');
}

function trimmed(lines: readonly string[]): string {
  return lines.join('\n').replace(/^\n+|\s+$/g, '');
}

/** What a case yields now. */
export function runCase(test: FileTest, one: FileCase): string {
  switch (test.kind) {
    case 'opt': return optimise(test, one);
    case 'verify': return verify(parseFunction(one.input, FUZZ_GLOBALS, FUZZ_HELPERS)).join('\n') || 'ok';
    default: return execute(one);
  }
}

function optimise(test: FileTest, one: FileCase): string {
  const fn = parseFunction(one.input, FUZZ_GLOBALS, FUZZ_HELPERS);
  assertValid(fn, one.name);
  const on = test.passes.length > 0 ? test.passes : OPT_PASSES;
  for (const pass of on) if (!(OPT_PASSES as readonly string[]).includes(pass)) throw new Error(`no such pass: ${pass}`);
  const optimizer = new Optimizer(OPT_PASSES.filter((p: OptPass) => !on.includes(p)));
  optimizer.run(fn);
  assertValid(fn, `${one.name}, optimised`);
  return printFunction(fn).trimEnd();
}

const EXIT_NAMES = Object.fromEntries(Object.entries(TbExit).map(([name, code]) => [code, name]));

function execute(one: FileCase): string {
  const lines = one.input.split('\n');
  const settings = lines.map((l) => l.trim()).filter((l) => l.startsWith('@'));
  const fn = parseFunction(lines.filter((l) => !l.trim().startsWith('@')).join('\n'), FUZZ_GLOBALS, FUZZ_HELPERS);
  assertValid(fn, one.name);
  const machine = new FuzzMachine();
  machine.prepare(new Random(1));
  for (const g of FUZZ_GLOBALS) machine.setGlobal(g.name, 0n);
  const start = new Map(FUZZ_GLOBALS.map((g) => [g.name, 0n]));
  for (const line of settings) {
    const m = /^@ (\w+) = (0x[0-9a-f]+|\d+)$/.exec(line);
    if (!m || !start.has(m[1]!)) throw new Error(`want @ global = value: ${line}`);
    machine.setGlobal(m[1]!, BigInt(m[2]!));
    start.set(m[1]!, BigInt(m[2]!));
  }
  const optimised = cloneFunction(fn);
  new Optimizer().run(optimised);
  const outcome = machine.interpret(fn);
  for (const [how, other] of [
    ['optimised', machine.interpret(optimised)],
    ['compiled', machine.execute(machine.compile(fn))],
    ['compiled, optimised', machine.execute(machine.compile(optimised))],
  ] as const) {
    const differences = compareOutcomes(outcome, other);
    if (differences.length > 0) throw new Error(`${how}: ${differences.join('; ')}`);
  }
  const out = [outcome.exit >= 0 ? `tb ${outcome.exit}` : `exit ${EXIT_NAMES[-outcome.exit & 7]!}`];
  for (const [name, before] of start) {
    const after = globalOf(outcome, name);
    if (after !== before) out.push(`${name} = 0x${after.toString(16)}`);
  }
  return [...out, ...outcome.calls].join('\n');
}
