import { defineLayout } from '@mttcg/atomic';
import { MAX_QUEUES } from './registers.ts';

/** One virtqueue. Addresses are guest physical, low and high halves. */
export const QUEUE_LAYOUT = defineLayout({
  name: 'virtqueue',
  fields: {
    num: 'u32',
    ready: 'u32',
    descLow: 'u32',
    descHigh: 'u32',
    availLow: 'u32',
    availHigh: 'u32',
    usedLow: 'u32',
    usedHigh: 'u32',
    /** Legacy only: alignment of the used ring, page number of the queue. */
    align: 'u32',
    pfn: 'u32',
    /** 16-bit indexes, free-running: next available entry to take, next used entry to fill. */
    lastAvail: 'u32',
    usedIdx: 'u32',
    /** The used index at the last interrupt, once there was one. */
    signalledUsed: 'u32',
    signalledValid: 'u32',
  },
});

/** The transport. */
export const TRANSPORT_LAYOUT = defineLayout({
  name: 'virtio_mmio',
  fields: {
    status: 'u32',
    interruptStatus: 'u32',
    configGeneration: 'u32',
    deviceFeaturesSel: 'u32',
    driverFeaturesSel: 'u32',
    featuresLow: 'u32',
    featuresHigh: 'u32',
    guestPageSize: 'u32',
    queueSel: 'u32',
    queues: [QUEUE_LAYOUT, MAX_QUEUES],
  },
});
