import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { echoGuest } from './echo-guest.ts';
import { ENV, MAIN, mttcg, NODE_ARGS } from './spawn.ts';

const TIMEOUT = 60_000;
const directory = mkdtempSync(join(tmpdir(), 'mttcg-run-'));
afterAll(() => rmSync(directory, { recursive: true }));
const guest = join(directory, 'echo.elf');
writeFileSync(guest, echoGuest());

describe('mttcg run with pipes', () => {
  it('passes input through and ends with status 0 when the guest powers off', async () => {
    expect(await mttcg(['run', '-kernel', guest], { input: 'hello\x01x\x03Q' })).toEqual({ status: 0, stdout: '>hello.x.', stderr: '' });
  }, TIMEOUT);

  it('loses nothing of an input larger than all buffers', async () => {
    const input = Array.from({ length: 20_000 }, (_, i) => String.fromCharCode(97 + ((i * 7) % 26))).join('');
    const { status, stdout } = await mttcg(['run', '-kernel', guest, '-nographic'], { input: `${input}Q` });
    expect(stdout === `>${input}`).toBe(true);
    expect(status).toBe(0);
  }, TIMEOUT);

  it('starts again at a reset, and ends there with -no-reboot', async () => {
    const child = spawn(process.execPath, [...NODE_ARGS, 'run', '-kernel', guest], { env: ENV });
    const out = collect(child);
    child.stdin.write('aR');
    // a reset empties the receive FIFO, so the next byte has to come later
    await out.until('>a>');
    child.stdin.write('bQ');
    expect(await out.status).toBe(0);
    expect(out.text()).toBe('>a>b');
    expect(await mttcg(['run', '-kernel', guest, '-no-reboot'], { input: 'aRbQ' })).toEqual({ status: 0, stdout: '>a', stderr: '' });
  }, TIMEOUT);

  it('does not take the end of input for the end of the guest; SIGTERM ends it with status 143', async () => {
    const child = spawn(process.execPath, [...NODE_ARGS, 'run', '-kernel', guest], { env: ENV });
    const out = collect(child);
    child.stdin.end('J');
    await out.until('>');
    await delay(300);
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await out.status).toBe(143);
    expect(out.text()).toBe('>');
  }, TIMEOUT);

  it('writes the serial port to a file, or nowhere', async () => {
    const file = join(directory, 'serial');
    const child = spawn(process.execPath, [...NODE_ARGS, 'run', '-kernel', guest, '-serial', `file:${file}`], { env: ENV });
    const out = collect(child);
    while (spawnSync('test', ['-s', file]).status !== 0) await delay(50);
    child.kill('SIGINT');
    expect(await out.status).toBe(130);
    expect(out.text()).toBe('');
    expect(readFileSync(file, 'utf8')).toBe('>');
  }, TIMEOUT);

  it('logs to a file per thread', async () => {
    const log = join(directory, 'log.%d');
    await mttcg(['run', '-kernel', guest, '-d', 'in_asm', '-D', log, '-dfilter', '0x40080000+8'], { input: 'Q' });
    expect(readFileSync(join(directory, 'log.cpu0'), 'utf8')).toContain('0x0000000040080000');
  }, TIMEOUT);

  it('writes the device tree', async () => {
    const file = join(directory, 'virt.dtb');
    const { status, stderr } = await mttcg(['run', '-M', `virt,dumpdtb=${file}`, '-smp', '3', '-append', 'some words']);
    expect(stderr).toBe(`mttcg: the device tree is in ${file}.\n`);
    expect(status).toBe(0);
    const blob = readFileSync(file);
    expect(blob.readUInt32BE(0)).toBe(0xd00dfeed);
    expect(blob.includes('some words\0')).toBe(true);
    expect(blob.includes('cpu@2\0')).toBe(true);
    expect(blob.includes('cpu@3\0')).toBe(false);
  }, TIMEOUT);
});

describe('mttcg run on a terminal', () => {
  const missing = spawnSync('script', ['--version']).error !== undefined;
  const why = missing ? ' (skipped: the program script is not installed)' : '';

  /** Runs mttcg on a terminal of its own; afterwards the terminal's modes and the status are printed. */
  function terminal(...args: string[]): ReturnType<typeof collect> & { child: ChildProcessWithoutNullStreams } {
    const quoted = [process.execPath, ...NODE_ARGS, ...args].map((arg) => `'${arg}'`).join(' ');
    const shell = `stty -a >'${directory}/before'; sh -c "echo pid=\\$\\$; exec ${quoted}"; echo "status=$?"; stty -a >'${directory}/after'`;
    const child = spawn('script', ['-qec', shell, '/dev/null'], { env: ENV });
    return { child, ...collect(child) };
  }
  const modes = (): { before: string; after: string } => ({
    before: readFileSync(join(directory, 'before'), 'utf8'), after: readFileSync(join(directory, 'after'), 'utf8'),
  });

  it.skipIf(missing)(`gives all keys but Ctrl-A to the guest, and Ctrl-A x ends it${why}`, async () => {
    const { child, until, status, text } = terminal('run', '-kernel', guest);
    await until('>');
    child.stdin.write('a\x03\x1a\x01\x01b');
    await until('a...b');
    child.stdin.write('\x01h');
    await until('Ctrl-A x');
    child.stdin.write('\x01x');
    await status;
    expect(text()).toContain('status=0');
    const { before, after } = modes();
    expect(after).toBe(before);
  }, TIMEOUT);

  it.skipIf(missing)(`has a monitor that starts a machine made with -S${why}`, async () => {
    const { child, until, status, text } = terminal('run', '-kernel', guest, '-S');
    await until('pid=');
    // keys typed before the terminal is raw stay in it
    while (!text().includes('(mttcg)')) {
      child.stdin.write('\x01c');
      await delay(1500);
    }
    child.stdin.write('info registers\r');
    await until('PC=0000000040080000');
    expect(text()).not.toContain('>');
    child.stdin.write('cont\r');
    await until('>');
    child.stdin.write('quit\r');
    await status;
    expect(text()).toContain('status=0');
    expect(modes().after).toBe(modes().before);
  }, TIMEOUT);

  it.skipIf(missing).each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(`is restored after %s${why}`, async (signal) => {
    const { until, status, text } = terminal('run', '-kernel', guest);
    await until('>');
    process.kill(Number(/pid=(\d+)/.exec(text())![1]), signal);
    await status;
    expect(text()).toContain(`status=${{ SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal]}`);
    expect(modes().after).toBe(modes().before);
  }, TIMEOUT);
});

describe('other commands', () => {
  it('demo runs the guest that comes with mttcg', async () => {
    const { status, stdout } = await mttcg(['demo', '-smp', '2']);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^2 CPUs: counted to (\d+) of \1 under the lock, 5133 primes below 50000: all right$/);
    expect(status).toBe(0);
  }, TIMEOUT);

  it('--version prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await mttcg(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  }, TIMEOUT);

  it.each([[['--help'], 'images'], [['help', 'run'], 'Ctrl-A c'], [['run', '--help'], '-drive file='], [['demo', '-h'], '-smp n'], [['run', '-d', 'help'], 'in_asm'], [['images', 'pull', '--help'], '--mirror']])(
    '%j explains itself', async (args, part) => {
      const { status, stdout } = await mttcg(args);
      expect(stdout).toContain(part);
      expect(status).toBe(0);
    }, TIMEOUT);

  it('names every option in the help of run', async () => {
    const { RUN_OPTIONS } = await import('../src/options/table.ts');
    const { stdout } = await mttcg(['run', '--help']);
    for (const { name } of RUN_OPTIONS) expect(stdout).toMatch(new RegExp(`^  -${name}( |$)`, 'm'));
  }, TIMEOUT);

  it('an old Node is told so before anything else', () => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' }); await import(${JSON.stringify(MAIN)});`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', old], { encoding: 'utf8' });
    expect(stderr).toBe('mttcg: Node 20.1.0 is too old, 22.18 or newer is needed.\n');
    expect(status).toBe(1);
  });
});

/** Output of a child as it comes. */
function collect(child: ChildProcessWithoutNullStreams): { until: (part: string) => Promise<void>; status: Promise<number | null>; text: () => string } {
  let all = '';
  let wake = (): void => undefined;
  child.stdin.on('error', () => undefined);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      all += part;
      wake();
    });
  }
  let ended = false;
  const status = new Promise<number | null>((resolve) => child.on('close', (code) => {
    ended = true;
    wake();
    resolve(code);
  }));
  return {
    text: () => all,
    status,
    until: async (part) => {
      while (!all.includes(part)) {
        if (ended) throw new Error(`it ended before it printed ${JSON.stringify(part)}: ${all}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
