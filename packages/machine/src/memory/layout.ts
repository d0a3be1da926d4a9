import { defineLayout } from '@mttcg/atomic';

export const MAX_CPUS = 8;
export const TIMERS_PER_CPU = 4;
/** Locks for 128-bit atomics; a power of two. */
export const PAIR_LOCKS = 64;
/** Timers of devices, beside those of the vCPUs. */
export const DEVICE_TIMERS = 8;

/** Why the machine stopped running; MachineHeader.state. */
export const RunState = {
  RUNNING: 0,
  /** vCPUs wait outside the exec loop (start with -S, reset in progress, monitor's stop). */
  PAUSED: 1,
  POWEROFF: 2,
  RESET: 3,
  PANIC: 4,
  /** The user ends the machine. */
  QUIT: 5,
} as const;

/** First structure of the machine in shared memory: everything that all threads share and that is not a device's. */
export const MachineHeader = defineLayout({
  name: 'MachineHeader',
  align: 64,
  fields: {
    magic: 'u32',
    state: 'u32',
    /** Cursor of the arena that all long-lived structures come from. */
    arena: ['u32', 4],
    /** Big lock: futex word, owner thread, depth. */
    bql: ['u32', 4],
    /** Word locks of 16-byte chunks of memory, by hash of the address. */
    pairLocks: ['u32', PAIR_LOCKS],
    /** Exclusive sections: lock, condition words, pending count. */
    exclusiveLock: 'u32',
    pendingCpus: 'u32',
    exclusiveCond: 'u32',
    exclusiveResume: 'u32',
    /** Threads in or before a wait on exclusiveResume; under exclusiveLock. */
    exclusiveWaiters: 'u32',
    /** vCPU threads that are up; bumped by each. */
    threadsReady: 'u32',
    /** vCPU threads that have left for good. */
    threadsDone: 'u32',
    /** vCPU threads that wait outside the exec loop because the state is not RUNNING. */
    threadsPaused: 'u32',
    /** Futex of the control thread: bumped for console output, state changes. */
    controlWake: 'u32',
    /** Futex of a thread that runs all vCPUs: bumped with each vCPU's own. */
    anyWake: 'u32',
    /** Futex of the I/O thread. */
    ioWake: 'u32',
    /** Exit status detail for the control thread. */
    exitCode: 'u32',
    /** TB cache: next unused descriptor, flush count, code cursor, statistics. */
    tbNext: 'u32',
    tbFlushCount: 'u32',
    tbCodeNext: 'u32',
    tbInvalidations: 'u32',
    tbModules: 'u32',
    tbRegions: 'u32',
    /** Host addresses of the big parts. */
    tbPool: 'u32',
    tbPoolEnd: 'u32',
    tbCode: 'u32',
    tbCodeEnd: 'u32',
    pageRoot: 'u32',
    qht: 'u32',
    dirty: 'u32',
    serialOut: 'u32',
    serialIn: 'u32',
    deviceState: 'u32',
    ramBase: 'u32',
    /** Host addresses of the vCPUs' work queues. */
    workQueue: ['u32', MAX_CPUS],
    /** Host addresses of the vCPUs' TLB storage. */
    tlbStorage: ['u32', MAX_CPUS],
    /** Host addresses of the vCPU state blocks. */
    env: ['u32', MAX_CPUS],
    /** Deadlines in virtual ns; Infinity when not armed. Under the BQL; the I/O thread reads them under it too. */
    cpuTimers: ['f64', MAX_CPUS * TIMERS_PER_CPU],
    deviceTimers: ['f64', DEVICE_TIMERS],
    /** thread=single: end of the running vCPU's time slice. Written by the vCPU thread alone. */
    sliceEnd: 'f64',
    /** When the I/O thread will look at deadlines again by itself, in virtual ns. Under the BQL. */
    ioAlarm: 'f64',
  },
});
