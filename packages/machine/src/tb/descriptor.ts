import { defineLayout } from '@mttcg/atomic';

/**
 * A translation block's descriptor in shared memory. Its index in the descriptor pool is also its index in every
 * thread's function table. Index 0 is never used: 0 means "none".
 *
 * The identity fields are written before the block is published in the hash table and never change after that, until
 * a flush of everything. Who guards the rest is said at each field.
 */
export const TbLayout = defineLayout({
  name: 'Tb',
  align: 32,
  fields: {
    /** Guest physical address of the first byte; a multiple of the guest's instruction size below 2^53. */
    physLo: 'u32',
    physHi: 'u32',
    /** Where it was translated, for logs: code is the same wherever its page is mapped. */
    pcLo: 'u32',
    pcHi: 'u32',
    /** TbKey.flags and TbKey.csBase. */
    flags: 'u32',
    csBase: 'u32',
    /** Translation flags; CFlag.INVALID is set under `jmpLock` and read atomically. */
    cflags: 'u32',
    /** Guest bytes and instructions covered. */
    size: 'u32',
    insns: 'u32',
    /** Key hash in the QHT. */
    hash: 'u32',
    /** Module descriptor (host address) that holds this block's function. */
    module: 'u32',
    /** Direct jump slots: TB index to continue at, 0 while unpatched. Read by generated code. */
    jmpTarget: ['u32', 2],
    /** Destination of each direct jump, or JMP_CLOSED: set once by compare-exchange, so it also claims the slot. */
    jmpDest: ['u32', 2],
    /** Next incoming jump of the *destination's* list that this block's slot is on; under the destination's jmpLock. */
    jmpListNext: ['u32', 2],
    /** First incoming jump: (origin TB << 1) | slot, 0 for none (TB 0 is unused). Under `jmpLock`. */
    jmpListHead: 'u32',
    /** Spinlock of the incoming jumps and of CFlag.INVALID. */
    jmpLock: 'u32',
    /** Page descriptors (host addresses) that the block's bytes lie on; 0 for no second page. */
    page: ['u32', 2],
    /** Next block on each of the pages: (TB << 1) | which page. Under the page's lock. */
    pageNext: ['u32', 2],
    /** Executions counted by generated code while young (region formation). */
    count: 'u32',
    /** Hull of the guest bytes translated, as offsets in the first page: a region may begin before its entry. */
    rangeStart: 'u32',
    rangeEnd: 'u32',
    spare: ['u32', 3],
  },
});

export const TB_SIZE = TbLayout.size;

/** jmpDest value of a block that is being invalidated: no new outgoing jump may be made. */
export const JMP_CLOSED = 0xffffffff;

/** A compiled module in the code buffer: written once, before any TB that names it is published. */
export const ModuleLayout = defineLayout({
  name: 'CodeModule',
  fields: {
    /** Host address and length of the WebAssembly bytes. */
    code: 'u32',
    bytes: 'u32',
    /** TBs in it, consecutive from `firstTb`. */
    firstTb: 'u32',
    tbCount: 'u32',
  },
});
