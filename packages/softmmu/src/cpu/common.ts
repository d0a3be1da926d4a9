import { defineLayout } from '@mttcg/atomic';

/** Most mmu indexes (translation regimes) a guest architecture may use. */
export const MAX_MMU_INDEXES = 8;

/** Fast TLB descriptor: what generated code reads on every guest access. `mask` = (entries - 1) << TLB_ENTRY_BITS. */
export const TlbDescLayout = defineLayout({ name: 'TlbDesc', fields: { mask: 'u32', table: 'u32' } });

/**
 * The head of every vCPU's state block: what the machine, the TLB and generated code share. The guest architecture's
 * own state follows at ENV_ARCH_OFFSET. `env`, the argument of generated functions, is the block's host address.
 */
export const CpuCommon = defineLayout({
  name: 'CpuCommon',
  align: 64,
  fields: {
    /** Nonzero: leave generated code soon. Written by anyone, atomically; cleared by the owner. */
    exitRequest: 'u32',
    /** Pending interrupt bits (InterruptBit), atomic or/and, under the BQL. */
    interruptRequest: 'u32',
    /** Pending exception of the guest architecture, -1 for none. Owner only. */
    exceptionIndex: 'i32',
    /** 1 while the vCPU waits for an interrupt (WFI, HLT) or is powered off. */
    halted: 'u32',
    /** Exclusive sections: 1 while the owner executes guest code. */
    running: 'u32',
    /** Futex: bumped and notified by whoever wants an idle vCPU to look again. */
    wake: 'u32',
    /** TB that ran last (see WasmTarget.env.currentTb). */
    currentTb: 'u32',
    /** Host address of the jump cache. */
    jumpCache: 'u32',
    /** Frontend word of insn_start at a fault. */
    insnWord: 'u32',
    cpuIndex: 'u32',
    /** Work queue head, under its lock (machine). */
    workHead: 'u32',
    workLock: 'u32',
    /** Helper results and slow-path values. */
    scratch: ['u64', 2],
    /** Fast TLB descriptors by mmu index. */
    tlb: [TlbDescLayout, MAX_MMU_INDEXES],
    /** Lock of this vCPU's TLBs against NOTDIRTY writers of other threads. */
    tlbLock: 'u32',
    /** Mmu indexes with entries since their last flush, a bit each. Written by the owner, under tlbLock. */
    tlbDirty: 'u32',
    /** Statistics of TLB flushes (full, partial, elided). */
    tlbFullFlushes: 'u32',
    tlbPartFlushes: 'u32',
    tlbElidedFlushes: 'u32',
    /** Spare words of the machine. */
    machine: ['u32', 16],
    /** Host address of the victim entries (eight of each mmu index), 0 before the TLB exists. See tlb/storage.ts. */
    tlbVictims: 'u32',
    /** Mmu indexes in use; 0 before the TLB exists. */
    tlbIndexes: 'u32',
  },
});

/** Where the guest architecture's state starts in the block. */
export const ENV_ARCH_OFFSET = 512;

/** Bits of CpuCommon.interruptRequest. Architectures may use the bits from 8 up. */
export const InterruptBit = {
  /** The interrupt controller asserts its line (IRQ on Arm, INTR on x86). */
  HARD: 1,
  /** Arm: FIQ. */
  FIQ: 2,
  /** The exec loop must look at the CPU state again (power state, queued work). */
  EXIT_TB: 4,
  RESET: 8,
  HALT: 16,
  DEBUG: 32,
} as const;
