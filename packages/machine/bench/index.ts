/**
 * The machine beside qemu-system-aarch64, with the same kernel and initramfs:
 *
 *     node bench/index.ts [--quick] [--json] [--built] [--only boot,programs,idle,translator]
 *
 * `--quick` measures one pair instead of five, and shorter programs; `--built` runs what `pnpm build` made instead of
 * the sources. Without QEMU its column stays empty.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { guestImage } from '../test/boot/image.ts';
import { type Emulator, GuestProcess, type GuestSetup, ours, qemu } from './emulator.ts';
import { withGbench } from './guest-files.ts';
import { type Figure, geometricMean, median, passes, table } from './report.ts';
import { treeUsage } from './process-tree.ts';
import { measureTranslator } from './translator.ts';

const PARTS = ['boot', 'programs', 'idle', 'translator'];
const IDLE_SECONDS = 8;

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, built: { type: 'boolean' }, only: { type: 'string' } },
});
const only = flags.only?.split(',') ?? PARTS;
const unknown = only.find((part) => !PARTS.includes(part));
if (unknown !== undefined) {
  console.error(`bench: there is no part "${unknown}"; there are ${PARTS.join(', ')}.`);
  process.exit(1);
}
const quick = flags.quick === true;
const wants = (part: string): boolean => only.includes(part);
const say = (text: string): void => console.error(`  ${text}`);

const image = await guestImage();
if ('reason' in image) {
  console.error(`bench: no guest image: ${image.reason}`);
  process.exit(1);
}
const mttcg = ours(flags.built === true);
const reference = qemu();
if (reference === undefined) say('qemu-system-aarch64 is not on the PATH (Debian: qemu-system-arm): nothing to compare with');
const emulators: readonly Emulator[] = reference === undefined ? [mttcg] : [mttcg, reference];

const folder = mkdtempSync(join(tmpdir(), 'mttcg-bench-'));
const initrd = join(folder, 'initrd');
writeFileSync(initrd, withGbench(image.initrd));
const setup: GuestSetup = { kernel: image.kernelFile, initrd, append: image.append, cpus: 2, mib: 512, cpuModel: 'cortex-a57' };

const figures: Figure[] = [];
const load = loadavg()[0]!;
if (load > 0.5) say(`the machine is not idle (load ${load.toFixed(1)}): times are what they are worth`);

/** Boot times of each emulator, interleaved. */
async function bootTimes(): Promise<void> {
  const times = emulators.map((): number[] => []);
  for (let pair = 0; pair < (quick ? 1 : 5); pair++) {
    for (const [i, emulator] of emulators.entries()) {
      const guest = new GuestProcess(emulator, setup);
      times[i]!.push(await guest.boot());
      await guest.stop();
      say(`boot ${pair + 1}: ${emulator.name} ${times[i]!.at(-1)!.toFixed(2)} s`);
    }
  }
  const [a, b] = times.map(median);
  figures.push({
    what: 'boot to /init, -smp 2 -m 512, median', ours: `${a!.toFixed(2)} s`, theirs: b === undefined ? '-' : `${b.toFixed(2)} s`,
    value: b === undefined ? undefined : a! / b, unit: 'x', bar: { kind: 'at most', value: 8 },
  });
}

interface Sample {
  readonly ns: number;
  readonly sum: string;
}

function samples(output: string): Map<string, Sample> {
  return new Map([...output.matchAll(/^gbench (\w+) (\d+) (\d+)$/gm)].map(([, name, ns, sum]) => [name!, { ns: Number(ns), sum: sum! }]));
}

const total = (all: Iterable<Sample>): number => [...all].reduce((sum, { ns }) => sum + ns, 0);

/** The set of programs alone, then twice at the same time. */
async function programs(): Promise<void> {
  const scale = quick ? ' all 2' : '';
  const alone: Map<string, Sample>[] = [];
  const twice: { one: number; two: number }[] = [];
  for (const emulator of emulators) {
    const guest = new GuestProcess(emulator, setup);
    await guest.boot();
    alone.push(samples(await guest.run(`gbench${scale}`)));
    const one = total(samples(await guest.run(`gbench${scale}`)).values());
    const both = await guest.run(`gbench${scale} > /tmp/a & gbench${scale} > /tmp/b; wait; cat /tmp/a; echo @@@; cat /tmp/b`);
    twice.push({ one, two: Math.max(...both.split('@@@').map((half) => total(samples(half).values()))) });
    await guest.stop();
    say(`programs: ${emulator.name} ${(total(alone.at(-1)!.values()) / 1e9).toFixed(2)} s`);
  }
  const seconds = (ns: number): string => `${(ns / 1e9).toFixed(3)} s`;
  const [mine, theirs] = alone;
  const ratios: number[] = [];
  for (const [name, { ns, sum }] of mine!) {
    const other = theirs?.get(name);
    if (other !== undefined && other.sum !== sum) throw new Error(`gbench ${name} computed ${sum} here and ${other.sum} under ${reference!.name}`);
    if (other !== undefined) ratios.push(other.ns / ns);
    figures.push({
      what: `program: ${name}`, ours: seconds(ns), theirs: other === undefined ? '-' : seconds(other.ns),
      value: other === undefined ? undefined : other.ns / ns, unit: ' of its speed', bar: undefined,
    });
  }
  figures.push({
    what: 'programs, geometric mean', ours: seconds(total(mine!.values())), theirs: theirs === undefined ? '-' : seconds(total(theirs.values())),
    value: ratios.length === 0 ? undefined : geometricMean(ratios), unit: ' of its speed', bar: { kind: 'at least', value: 0.25 },
  });
  const [a, b] = twice.map(({ one, two }) => two / one);
  figures.push({
    what: 'two at a time against one', ours: `${a!.toFixed(2)} x`, theirs: b === undefined ? '-' : `${b.toFixed(2)} x`,
    value: a, unit: 'x', bar: { kind: 'at most', value: 1.15 },
  });
}

/** Memory after boot, and what an idle guest costs. */
async function idle(): Promise<void> {
  const rss: number[] = [];
  const share: number[] = [];
  for (const emulator of emulators) {
    const guest = new GuestProcess(emulator, setup);
    await guest.boot();
    await guest.run('true');
    rss.push(treeUsage(guest.pid).rssBytes / 1e9);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = treeUsage(guest.pid).cpuSeconds;
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
    share.push((treeUsage(guest.pid).cpuSeconds - before) / ((performance.now() - start) / 1000));
    await guest.stop();
  }
  const show = (values: readonly number[], i: number, text: (v: number) => string): string => (values[i] === undefined ? '-' : text(values[i]));
  const gb = (v: number): string => `${v.toFixed(2)} GB`;
  const percent = (v: number): string => `${(v * 100).toFixed(1)} %`;
  figures.push(
    { what: 'resident memory after boot, -m 512', ours: show(rss, 0, gb), theirs: show(rss, 1, gb), value: rss[0], unit: ' GB', bar: { kind: 'at most', value: 1.5 } },
    { what: 'idle at the prompt, of one core', ours: show(share, 0, percent), theirs: show(share, 1, percent), value: share[0]! * 100, unit: ' %', bar: { kind: 'under', value: 5 } },
  );
}

async function translator(): Promise<void> {
  const speed = await measureTranslator((image as { kernel: Uint8Array }).kernel);
  say(`translator: ${speed.insns} instructions; decode to IR ${speed.decode.toFixed(2)}, optimise ${speed.optimise.toFixed(2)}, encode ${speed.encode.toFixed(2)} µs each; all ${speed.cold.toFixed(2)} µs in the first round`);
  figures.push({ what: 'translator, per guest instruction', ours: `${speed.total.toFixed(2)} µs`, theirs: '-', value: speed.total, unit: ' µs', bar: { kind: 'under', value: 5 } });
}

try {
  if (wants('boot')) await bootTimes();
  if (wants('programs')) await programs();
  if (wants('idle')) await idle();
  if (wants('translator')) await translator();
} finally {
  rmSync(folder, { recursive: true });
}
if (flags.json === true) {
  console.log(JSON.stringify({ reference: reference?.name ?? null, load, quick, figures: figures.map((f) => ({ ...f, passes: passes(f) ?? null })) }, null, 2));
} else {
  console.log(table(figures, reference?.name ?? 'QEMU'));
}
