export { Qht, type QhtFormatOptions, type QhtOptions } from './qht.ts';
export type { QhtAllocator } from './allocator.ts';
export type { SameElement, Visit } from './bucket.ts';
export { Distribution, type QhtStatistics } from './stats.ts';
export { BUCKET_ENTRIES, QhtBucket, QhtHeader, QhtMap } from './layout.ts';
export { BUSY, generateLookup, lookupModule, type KeyField, type LookupDescription, type WasmLookup } from './wasm-lookup.ts';
