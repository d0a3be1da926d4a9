export * from './primitive.ts';
export { CHECKED } from './checked.ts';
export { AtomicError, OwnerDiedError, type AtomicErrorCode } from './error.ts';
export { Heap } from './heap.ts';
export {
  alignUp,
  defineLayout,
  type AnyLayout,
  type FieldType,
  type Layout,
  type LayoutAssertions,
  type LayoutSpec,
  type ScalarType,
} from './layout.ts';
export { Arena, ArenaFullError } from './arena.ts';
export * from './order.ts';
export * from './rmw.ts';
export * from './ptr.ts';
export * from './barrier.ts';
export { Mutex, type Lockable } from './mutex.ts';
export { RobustMutex, type RobustMutexOptions } from './robust-mutex.ts';
export { RecursiveMutex, type RecursiveMutexOptions } from './recursive-mutex.ts';
export { Threads } from './threads.ts';
export { Spinlock, spinLock, spinLockAsync, spinTryLock, spinUnlock } from './spinlock.ts';
export { CondVar } from './condvar.ts';
export { Event } from './event.ts';
export { Semaphore } from './semaphore.ts';
export { SeqLock } from './seqlock.ts';
export { Pool, type BlockSource } from './pool.ts';
export { LockCount } from './lock-count.ts';
export { SList } from './slist.ts';
export { Rcu, RcuReader, type RcuOptions, type StalledReader } from './rcu.ts';
export { cell8, cell16, cell32, cell64 } from './cell.ts';
export type { Cell } from './cell-type.ts';
export { Pair64 } from './pair64.ts';
/** Writes small WebAssembly modules over shared memory: `wasm-module.ts`. */
export * as wasm from './wasm-module.ts';
export { LITMUS_TESTS, plainOutcomes, sequentialOutcomes, type LitmusOp, type LitmusTest } from './litmus/tests.ts';
export { runLitmus, type LitmusProgress, type RunLitmusOptions } from './litmus/runner.ts';
export {
  litmusDone,
  litmusReport,
  prepareLitmus,
  runLitmusThread,
  type LitmusJob,
  type LitmusOptions,
  type LitmusOutcome,
  type LitmusReport,
  type LitmusVerdict,
} from './litmus/run.ts';
