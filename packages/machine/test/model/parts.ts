/** What the model and torture tests work with; load.ts makes a copy of it over the model's primitives. */
export { BigLock } from '../../src/accel/big-lock.ts';
export { Exclusive } from '../../src/accel/exclusive.ts';
export { wordLock, wordTryLock, wordUnlock } from '../../src/accel/spin.ts';
export { WorkQueue, WorkQueueLayout } from '../../src/accel/work-queue.ts';
export { MachineHeader, MAX_CPUS } from '../../src/memory/layout.ts';
export { TbCache } from '../../src/tb/cache.ts';
export { JMP_CLOSED, TB_SIZE, TbLayout } from '../../src/tb/descriptor.ts';
export { PageLayout, PageTree } from '../../src/tb/page-tree.ts';
export { Qht } from '@mttcg/qht';
