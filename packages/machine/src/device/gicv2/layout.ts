import { defineLayout } from '@mttcg/atomic';

export const MAX_CPUS = 8;
/** Interrupt lines: 16 SGIs, 16 PPIs, 256 SPIs. */
export const NUM_LINES = 288;
export const NUM_WORDS = NUM_LINES / 32;
export const NUM_SPIS = NUM_LINES - 32;

/**
 * One bitmap over all interrupts as all CPUs see it: words 0 to 7 are the banked word 0 (SGIs and PPIs) of CPU 0 to 7,
 * words 8 to 15 are the shared words 1 to 8 (SPIs). See {@link wordIndex}.
 */
const BITMAP = ['u32', MAX_CPUS + NUM_WORDS - 1] as const;

/** The GIC's state block. */
export const LAYOUT = defineLayout({
  name: 'gicv2',
  fields: {
    distCtlr: 'u32',
    group: BITMAP,
    enabled: BITMAP,
    /** Latched pending state: edges, GICD_ISPENDR, and for SGIs whether any source is pending. */
    latched: BITMAP,
    active: BITMAP,
    /** Input lines. */
    level: BITMAP,
    /** 1: edge-triggered. */
    edge: BITMAP,
    /** `target[cpu * 8 + word - 1]`: SPIs that go to this CPU, the transposed GICD_ITARGETSR. */
    target: ['u32', MAX_CPUS * (NUM_WORDS - 1)],
    /** `priority[cpu * 32 + n]` for SGIs and PPIs, then one byte per SPI. */
    priority: ['u8', MAX_CPUS * 32 + NUM_SPIS],
    /** GICD_ITARGETSR of the SPIs, one byte each. */
    targetsr: ['u8', NUM_SPIS],
    /** `sgiSource[cpu * 16 + n]`: bit per CPU that sent SGI n to this one. */
    sgiSource: ['u8', MAX_CPUS * 16],
    ctlr: ['u32', MAX_CPUS],
    pmr: ['u32', MAX_CPUS],
    bpr: ['u32', MAX_CPUS],
    abpr: ['u32', MAX_CPUS],
    /** Active priorities of groups 0 and 1: `apr[cpu * 4 + word]`, bit n for priority 2n. */
    apr: ['u32', MAX_CPUS * 4],
    nsapr: ['u32', MAX_CPUS * 4],
    /** Running priority; 256 when nothing is active. */
    running: ['u32', MAX_CPUS],
    /** Highest-priority pending interrupt that the priority mask lets through, or 1023. */
    best: ['u32', MAX_CPUS],
    /** Outputs to the CPU: bit 0 IRQ, bit 1 FIQ. */
    output: ['u32', MAX_CPUS],
  },
});

/** Bytes of the state block. */
export const STATE_SIZE = LAYOUT.size;

/** Index into a bitmap of its word `word` (0 to 8) as `cpu` sees it. */
export function wordIndex(word: number, cpu: number): number {
  return word === 0 ? cpu : MAX_CPUS - 1 + word;
}

/** Index into `priority`. */
export function priorityIndex(intid: number, cpu: number): number {
  return intid < 32 ? cpu * 32 + intid : MAX_CPUS * 32 + intid - 32;
}
