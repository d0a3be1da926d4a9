import { defineLayout, Rcu } from '../src/index.ts';

const RcuDomain = defineLayout({ name: 'RcuDomain', align: Rcu.ALIGN, fields: { bytes: ['u8', Rcu.sizeFor(4)] } });

/** Where the threads of a stress test meet. */
export const JobLayout = defineLayout({
  name: 'Job',
  fields: { lock: ['u32', 4], cond: ['u32', 16], go: 'u32', ready: 'u32', threads: 'u32', errors: 'u32', sum: 'u32', data: ['u32', 32], rcu: [RcuDomain, 1], rcuBlocks: ['u32', 512] },
});
export const AT = JobLayout.offset;

export interface Job {
  readonly memory: WebAssembly.Memory;
  readonly scenario: string;
  readonly thread: number;
  readonly rounds: number;
}
