import { defineLayout } from '@mttcg/atomic';

/** Requests under way at one time. */
export const MAX_REQUESTS = 128;
/** Pieces of requests (one buffer each) under way at one time: what a backend's queue must hold. */
export const MAX_SUBMITTED = 512;
/** Buffers in one request that drivers are told of. */
export const SEGMENT_MAX = 126;

/** A request that the backend works on. */
export const REQUEST = defineLayout({
  name: 'virtio_blk_request',
  fields: {
    /** Pieces that are not complete; 0 when the entry is free. */
    pending: 'u32',
    /** Descriptor head. */
    head: 'u32',
    /** Worst status so far. */
    status: 'u32',
    /** Bytes that the used ring will name, the status byte included. */
    written: 'u32',
    /** Where the status byte goes: guest physical. */
    statusPa: 'f64',
  },
});

/** One buffer of a request. */
export const PIECE = defineLayout({
  name: 'virtio_blk_piece',
  fields: {
    /** Index of the request + 1; 0 when the entry is free. */
    request: 'u32',
    /** Bytes that the backend writes to guest RAM, 0 for a write or flush. */
    length: 'u32',
    pa: 'f64',
  },
});

export const LAYOUT = defineLayout({
  name: 'virtio_blk',
  fields: {
    requests: [REQUEST, MAX_REQUESTS],
    pieces: [PIECE, MAX_SUBMITTED],
    /** Counts resets: completions from before one are dropped. */
    epoch: 'u32',
    freePieces: 'u32',
    /** Where to look for the next free entries. */
    nextRequest: 'u32',
    nextPiece: 'u32',
  },
});

/** Bytes of the device's state block, beside its transport's. */
export const STATE_SIZE = LAYOUT.size;
