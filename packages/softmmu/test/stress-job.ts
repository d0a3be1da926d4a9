import { defineLayout } from '@mttcg/atomic';
import type { TestPlaces } from './test-cpu.ts';

export const PAGES = 12;

/** Where the threads of the stress test meet. */
export const StressLayout = defineLayout({
  name: 'Stress',
  align: 64,
  fields: {
    pageLock: ['u32', PAGES],
    /** 1: `copy` is a translation of the page's first word that nobody has invalidated. */
    valid: ['u32', PAGES],
    copy: ['u32', PAGES],
    /** The vCPU is between a tag compare and its store. */
    inFast: 'u32',
    /** Accesses that the vCPU has completed. */
    epoch: 'u32',
    done: 'u32',
    errors: 'u32',
    fastStores: 'u32',
    slowStores: 'u32',
    invalidations: 'u32',
    translations: 'u32',
    snapshots: 'u32',
    firstError: 'u32',
  },
});

export interface StressJob {
  readonly role: 'vcpu' | 'translator' | 'display';
  readonly places: TestPlaces;
  readonly env: number;
  readonly shared: number;
  readonly rounds: number;
  readonly seed: number;
}
