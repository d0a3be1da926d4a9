/** Costs of the TLB's operations in ns: `pnpm bench`. Figures are medians of five runs. */
import { Arena, Heap } from '@mttcg/atomic';
import { AddressSpace, type CpuTlbParts, CpuTlb, DirtyMemory, ENV_ARCH_OFFSET, MemoryRegion, resetDirty, tlbStorageBytes } from '../src/index.ts';

const MIB = 1 << 20;
const RAM = 64 * MIB;
const heap = new Heap(new WebAssembly.Memory({ initial: 2048, maximum: 2048, shared: true }));
const arena = Arena.format(heap, 64, 4096, heap.size);
const ramHost = arena.alloc(RAM, 4096);
const map = arena.alloc(DirtyMemory.bytes(RAM), 4);
DirtyMemory.format(heap, map, RAM);
const root = MemoryRegion.container('system', 2 ** 40).add(MemoryRegion.ram('ram', RAM, ramHost), 0x40000000);
for (let i = 0; i < 32; i++) {
  root.add(MemoryRegion.io(`slot${i}`, 0x200, { read: () => 1, write: () => {} }), 0xa000000 + i * 0x200);
}
const memory = new AddressSpace(heap, root);
const env = arena.alloc(ENV_ARCH_OFFSET, 64);
const MMU = 3;
const client = {
  tlb: undefined as CpuTlb | undefined,
  tlbFill(lo: number, hi: number, _access: number, mmuIdx: number): boolean {
    this.tlb!.setPage(lo, hi, 0x40000000 + ((lo & (RAM - 1)) >>> 0), 7, mmuIdx, 4096);
    return true;
  },
  unalignedAccess(): void {},
  transactionFailed: (): boolean => false,
};
const parts: CpuTlbParts = {
  heap, env, mmuIndexes: MMU, storage: arena.alloc(tlbStorageBytes(MMU), 64), memory, dirty: new DirtyMemory(heap, map, ramHost, RAM), client,
  hooks: { lock() {}, unlock() {}, notdirtyWrite() {}, clearJumpCache() {}, clearJumpCachePage() {} },
  nowMs: () => now,
};
let now = 0;
const tlb = new CpuTlb(parts);
client.tlb = tlb;

function measure(name: string, times: number, run: (times: number) => void): void {
  run(Math.min(times, 20000));
  const runs = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run(times);
    return ((performance.now() - start) / times) * 1e6;
  }).sort((a, b) => a - b);
  console.log(`${name.padEnd(56)} ${runs[2]!.toFixed(1).padStart(9)} ns`);
}

const LD32 = 2;
measure('setPage into empty and used entries', 500_000, (n) => {
  for (let i = 0; i < n; i++) tlb.setPage(i << 12, 0, 0x40000000 + ((i & 0x3fff) << 12), 7, 0, 4096);
});
tlb.flushAll();
measure('load slow path, hit', 2_000_000, (n) => {
  for (let i = 0; i < n; i++) tlb.ldSlow((i & 63) << 12, 0, LD32);
});
measure('store slow path, hit', 2_000_000, (n) => {
  for (let i = 0; i < n; i++) tlb.stSlow((i & 63) << 12, 0, LD32);
});
measure('load slow path across two pages, hit', 1_000_000, (n) => {
  for (let i = 0; i < n; i++) tlb.ldSlow(((i & 31) << 12) + 0xffe, 0, LD32);
});
measure('load slow path, victim hit', 500_000, (n) => {
  for (let i = 0; i < n; i++) tlb.ldSlow((i & 1) << 24, 0, LD32);
});
measure('load slow path, miss and fill', 500_000, (n) => {
  for (let i = 0; i < n; i++) tlb.ldSlow((i * 4097) << 12, 0, LD32);
});
measure('code lookup, hit', 2_000_000, (n) => {
  for (let i = 0; i < n; i++) tlb.codeHost((i & 63) << 12, 0, 0);
});
tlb.setPage(0x5000000, 0, 0xa000000, 3, 1, 4096);
measure('device register, 4 bytes', 1_000_000, (n) => {
  for (let i = 0; i < n; i++) tlb.ldSlow(0x5000000 + ((i & 7) << 9), 0, LD32 | (1 << 12));
});
tlb.flushAll();
for (const pages of [150, 600, 2400, 9600]) {
  // let the table find its size
  for (let i = 0; i < 12; i++) {
    for (let p = 0; p < pages; p++) tlb.ldSlow(p << 12, 0, LD32);
    now += 20;
    tlb.flushAll();
  }
  const size = (heap.u32[(env + 64) >>> 2]! >>> 5) + 1;
  measure(`flush of one index after 1 fill, table of ${size}`, 20_000, (n) => {
    for (let i = 0; i < n; i++) {
      tlb.setPage(0, 0, 0x40000000, 7, 0, 4096);
      tlb.flushByMmuIdx(1);
    }
  });
  tlb.setPage(0, 0, 0x40000000, 7, 0, 4096);
  measure(`resetDirty, one table of ${size} in use`, 5_000, (n) => {
    for (let i = 0; i < n; i++) resetDirty(heap, env, ramHost, 4096);
  });
}
tlb.flushAll();
measure('flush, elided', 2_000_000, (n) => {
  for (let i = 0; i < n; i++) tlb.flushByMmuIdx(1);
});
measure('flush of a page', 1_000_000, (n) => {
  tlb.setPage(0, 0, 0x40000000, 7, 0, 4096);
  for (let i = 0; i < n; i++) tlb.flushPageByMmuIdx(i << 12, 0, 1);
});
