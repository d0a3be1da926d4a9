import { defineLayout } from '../src/index.ts';

/** Where the threads of a stress test meet. */
export const JobLayout = defineLayout({
  name: 'Job',
  fields: { lock: ['u32', 4], cond: ['u32', 2], go: 'u32', ready: 'u32', threads: 'u32', errors: 'u32', sum: 'u32', data: ['u32', 32] },
});
export const AT = JobLayout.offset;

export interface Job {
  readonly memory: WebAssembly.Memory;
  readonly scenario: string;
  readonly thread: number;
  readonly rounds: number;
}
