import { spawn, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command line's source, and what Node needs to run it. */
export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const NODE_ARGS = ['--conditions=@mttcg/source', MAIN];

/** Environment in which starting from source does not compile everything anew each time. */
export const ENV: NodeJS.ProcessEnv = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'mttcg-test-compile-cache') };

/** How a process ended. */
export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts mttcg from source. `input` is written to its standard input, which then ends. */
export function mttcg(args: readonly string[], options: SpawnOptionsWithoutStdio & { input?: string } = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...NODE_ARGS, ...args], { ...options, env: { ...ENV, ...options.env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}
