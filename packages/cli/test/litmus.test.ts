import { readFileSync } from 'node:fs';
import type { LitmusReport } from '@mttcg/machine/node';
import { expect, it } from 'vitest';
import { faultsOf } from '../src/commands/litmus.ts';
import { mttcg } from './spawn.ts';

const TIMEOUT = 60_000;

it('prints an aligned table of what sequential consistency does not have', async () => {
  const { status, stdout, stderr } = await mttcg(['litmus', '--runs', '2k', '--test', 'CoWW', '--test', 'SB', '--engine', 'js']);
  expect([status, stderr]).toEqual([0, '']);
  const [header, ...rows] = stdout.trimEnd().split('\n').map((line) => line.split(/ {2,}/));
  expect(header).toEqual(['test', 'engine', 'accesses', 'runs', 'outcome', 'count', 'verdict']);
  expect(rows.map(([test, engine, access, runs, outcome]) => [test, engine, access, runs, outcome].join(' '))).toEqual([
    ...['plain', 'atomic'].flatMap((access) => [0, 1, 2].map((r) => `CoWW js ${access} 2048 r0=${r} x=1`)),
    'SB js plain 2048 r0=0 r1=0',
    'SB js atomic 2048 r0=0 r1=0',
  ]);
  for (const [test, , access, , , count, verdict] of rows) {
    if (test === 'CoWW' || access === 'atomic') expect([count, verdict]).toEqual(['0', 'forbidden']);
    else expect(verdict).toBe(count === '0' ? 'allowed' : 'observed');
  }
  const lines = stdout.trimEnd().split('\n');
  expect(new Set(lines.map((line) => line.search(/[a-z]+$/))).size).toBe(1);
}, TIMEOUT);

it('prints JSON', async () => {
  const { status, stdout } = await mttcg(['litmus', '--json', '--runs', '1', '--test', 'MP', '--access', 'atomic']);
  expect(status).toBe(0);
  const reports = JSON.parse(stdout) as LitmusReport[];
  expect(reports.map(({ name, engine, access, runs, forbidden }) => [name, engine, access, runs, forbidden])).toEqual([
    ['MP', 'wasm', 'atomic', 1024, 0],
    ['MP', 'js', 'atomic', 1024, 0],
  ]);
  expect(reports[0].outcomes.reduce((sum, { count }) => sum + count, 0)).toBe(1024);
}, TIMEOUT);

it('shows the sequentially consistent outcomes too when asked', async () => {
  const { stdout } = await mttcg(['litmus', '--all', '--runs', '1', '--test', 'MP', '--access', 'atomic', '--engine', 'wasm']);
  expect(stdout.match(/r0=\d r1=\d/g)?.sort()).toEqual(['r0=0 r1=0', 'r0=0 r1=1', 'r0=1 r1=0', 'r0=1 r1=1']);
}, TIMEOUT);

it('says in a sentence what must not be', () => {
  const report = { name: 'MP', engine: 'wasm', access: 'atomic', runs: 1024, weak: 3, forbidden: 3, outcomes: [] } as const;
  expect(faultsOf([report, { ...report, forbidden: 0 }])).toEqual([
    'litmus: 3 of 1024 runs of MP by atomic accesses of wasm show an outcome that the memory model forbids',
  ]);
});

it('the README names its options', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const { stdout } = await mttcg(['litmus', '--help']);
  for (const [, option] of stdout.matchAll(/^ {2}(--\w+)/gm)) expect(readme).toContain(`\`${option}`);
}, TIMEOUT);
