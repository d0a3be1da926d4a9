import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as atomic from '../src/index.ts';

/** Every operation on memory that "Atomic operations in QEMU" names: its name there, and here. */
const LOADS_AND_STORES = {
  atomic_read: 'read',
  atomic_set: 'set',
  atomic_load_acquire: 'loadAcquire',
  atomic_store_release: 'storeRelease',
  atomic_rcu_read: 'rcuRead',
  atomic_rcu_set: 'rcuSet',
  atomic_mb_read: 'mbRead',
  atomic_mb_set: 'mbSet',
  atomic_xchg: 'xchg',
  atomic_cmpxchg: 'cmpxchg',
};
const ARITHMETIC = {
  atomic_inc: 'inc',
  atomic_dec: 'dec',
  atomic_add: 'add',
  atomic_sub: 'sub',
  atomic_and: 'and',
  atomic_or: 'or',
  atomic_xor: 'xor',
  atomic_fetch_inc: 'fetchInc',
  atomic_fetch_dec: 'fetchDec',
  atomic_fetch_add: 'fetchAdd',
  atomic_fetch_sub: 'fetchSub',
  atomic_fetch_and: 'fetchAnd',
  atomic_fetch_or: 'fetchOr',
  atomic_fetch_xor: 'fetchXor',
  atomic_fetch_inc_nonzero: 'fetchIncNonzero',
  atomic_inc_fetch: 'incFetch',
  atomic_dec_fetch: 'decFetch',
  atomic_add_fetch: 'addFetch',
  atomic_sub_fetch: 'subFetch',
  atomic_and_fetch: 'andFetch',
  atomic_or_fetch: 'orFetch',
  atomic_xor_fetch: 'xorFetch',
};
const OPERATIONS = { ...LOADS_AND_STORES, ...ARITHMETIC };

const BARRIERS = {
  barrier: 'barrier',
  smp_mb: 'smpMb',
  smp_rmb: 'smpRmb',
  smp_wmb: 'smpWmb',
  smp_mb_acquire: 'smpMbAcquire',
  smp_mb_release: 'smpMbRelease',
  smp_read_barrier_depends: 'smpReadBarrierDepends',
};

/** The primitives to use instead, and the names of theirs that the document mentions. */
const PRIMITIVES = {
  QemuEvent: 'Event',
  QemuLockCnt: 'LockCount',
  QSLIST_INSERT_HEAD_ATOMIC: 'SList',
  QSLIST_MOVE_ATOMIC: 'SList',
  call_rcu: 'Rcu',
  pthread_mutex_lock: 'Mutex',
  pthread_mutex_unlock: 'Mutex',
  pthread_cond_wait: 'CondVar',
  pthread_cond_signal: 'CondVar',
  pthread_cond_broadcast: 'CondVar',
  qemu_event_set: 'Event',
  qemu_event_wait: 'Event',
  spinlock: 'Spinlock',
  semaphore: 'Semaphore',
};

const source = (file: string): string => readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');

/** Documented declarations of a source file, by the pattern that finds the declaration's name. */
function documented(file: string, declaration: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  const text = source(file);
  for (const { index, 1: comment, 0: whole } of text.matchAll(/\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n/g)) {
    const name = declaration.exec(text.slice(index + whole.length).split('\n')[0])?.[1];
    if (name !== undefined) found.set(name, comment.replaceAll(/\n\s*\* ?/g, ' '));
  }
  return found;
}

const FUNCTION = /^export function (\w+)/;
const words = new Map([...documented('order.ts', FUNCTION), ...documented('rmw.ts', FUNCTION)]);
const name32 = (name: string): string =>
  (/^(read|set|inc|dec|add|sub|and|or|xor)$/.test(name) ? `atomic${name[0].toUpperCase()}${name.slice(1)}` : name) + '32';
const namePtr = (name: string): string => name32(name).replace('32', 'Ptr');

function checkDocs(seed: string, doc: string | undefined): void {
  expect(doc, `${seed} is documented`).toBeDefined();
  expect(doc).toContain(`\`${seed}\``);
  expect(doc).toMatch(/Ordering: /);
  expect(doc).toMatch(/Cost: /);
  expect(doc).toMatch(/Pairs with /);
  expect(/@deprecated/.test(doc!), `${seed}: deprecated or not`).toBe(seed.startsWith('atomic_mb_'));
}

const namedOnce = (docs: Map<string, string>, seed: string): number => [...docs.values()].filter((doc) => doc.includes(`\`${seed}\``)).length;

describe('every operation of the design document is there, documented once', () => {
  it.each(Object.entries(OPERATIONS))('%s, of 32 bits', (seed, name) => {
    expect(atomic).toHaveProperty(name32(name), expect.any(Function));
    checkDocs(seed, words.get(name32(name)));
    expect(namedOnce(words, seed)).toBe(1);
  });

  const members = documented('cell-type.ts', /^ {2}(\w+)\(/);
  it.each(Object.entries(OPERATIONS))('%s, of 8, 16, 32 and 64 bits', (seed, name) => {
    for (const cell of [atomic.cell8, atomic.cell16, atomic.cell32, atomic.cell64]) expect(cell).toHaveProperty(name, expect.any(Function));
    checkDocs(seed, members.get(name));
    expect(namedOnce(members, seed)).toBe(1);
  });

  const halves = documented('pair64.ts', /^ {2}(\w+)\(/);
  it.each(Object.entries(OPERATIONS))('%s, of 64 bits in halves', (seed, name) => {
    expect(atomic.Pair64.prototype).toHaveProperty(name, expect.any(Function));
    checkDocs(seed, halves.get(name));
    expect(namedOnce(halves, seed)).toBe(1);
  });

  const pointers = documented('ptr.ts', FUNCTION);
  it.each(Object.entries(LOADS_AND_STORES))('%s, of pointers', (seed, name) => {
    expect(atomic).toHaveProperty(namePtr(name), expect.any(Function));
    checkDocs(seed, pointers.get(namePtr(name)));
    expect(namedOnce(pointers, seed)).toBe(1);
  });

  const barriers = documented('barrier.ts', FUNCTION);
  it.each(Object.entries(BARRIERS))('%s', (seed, name) => {
    expect(atomic).toHaveProperty(name, expect.any(Function));
    checkDocs(seed, barriers.get(name));
    expect(namedOnce(barriers, seed)).toBe(1);
  });

  it.each(Object.entries(PRIMITIVES))('%s', (seed, name) => {
    expect(atomic).toHaveProperty(name, expect.any(Function));
    const file = readdirSync(new URL('../src/', import.meta.url)).find((f) => f.endsWith('.ts') && source(f).includes(`export class ${name} `))!;
    expect(source(file).toLowerCase().includes(seed.toLowerCase()), `${file} names ${seed}`).toBe(true);
  });
});

describe('what an editor shows', () => {
  const files = readdirSync(new URL('../src/', import.meta.url), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts') && f !== 'index.ts');
  const exported = Object.keys(atomic);

  it('is there for every exported function, class and constant', () => {
    const texts = new Map<string, string>();
    for (const file of files) {
      for (const [name, doc] of documented(file, /^export (?:async )?(?:function|class|const|abstract class) (\w+)/)) texts.set(name, doc);
      // an eslint directive may stand between the two
      for (const [name, doc] of documented(file, /^\/\/ eslint-disable-next-line/)) texts.set(name, doc);
    }
    for (const [name, doc] of documented('index.ts', /^export \* as (\w+)/)) texts.set(name, doc);
    texts.set('NULL', 'NULL');
    expect(exported.filter((name) => !texts.has(name))).toEqual([]);
  });

  it('is there for every exported type and its properties', () => {
    const types = [...source('index.ts').matchAll(/\btype (\w+)|export type \{ (\w+)/g)].map(([, a, b]) => a ?? b);
    const texts = new Map(files.flatMap((file) => [...documented(file, /^export (?:interface|type) (\w+)/)]));
    expect(types.length).toBeGreaterThan(15);
    expect(types.filter((name) => !texts.has(name))).toEqual([]);
    const missing: string[] = [];
    for (const file of files) {
      const lines = source(file).split('\n');
      let within: string | undefined;
      lines.forEach((line, i) => {
        within = /^export interface (\w+)/.exec(line)?.[1] ?? (line === '}' ? undefined : within);
        const name = /^ {2}(?:readonly )?(\w+)\??[(:]/.exec(line)?.[1];
        if (within !== undefined && name !== undefined && !/\*\/$/.test(lines[i - 1])) missing.push(`${within}.${name}`);
      });
    }
    expect(missing).toEqual([]);
  });

  it('is there for every public method and property of the classes', () => {
    const missing: string[] = [];
    for (const file of files) {
      const lines = source(file).split('\n');
      let inClass: string | undefined;
      lines.forEach((line, i) => {
        inClass = /^export class (\w+)/.exec(line)?.[1] ?? (line === '}' ? undefined : inClass);
        const name = /^ {2}(?:static |readonly |async |get |\*)*([a-z]\w*)(?:\(|:| =)/.exec(line)?.[1];
        if (inClass === undefined || name === undefined || name === 'constructor' || name === 'private') return;
        if (!/\*\/$/.test(lines[i - 1])) missing.push(`${inClass}.${name}`);
      });
    }
    expect(missing).toEqual([]);
  });
});
