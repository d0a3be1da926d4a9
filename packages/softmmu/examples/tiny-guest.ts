import { Arena, Heap } from '@mttcg/atomic';
import {
  AddressSpace, CpuCommon, CpuTlb, DirtyMemory, ENV_ARCH_OFFSET, MemoryRegion, Prot, TLB_STORAGE_ALIGN,
  type TlbClient, tlbStorageBytes,
} from '@mttcg/softmmu';

// Everything lies in one shared memory: guest RAM, the vCPU's state block, its TLBs.
const heap = new Heap(new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true }));
const arena = Arena.format(heap, 64, 4096, heap.size);
const RAM = 1 << 20;
const ram = arena.alloc(RAM, 4096);
const map = arena.alloc(DirtyMemory.bytes(RAM), 4);
DirtyMemory.format(heap, map, RAM);

// The board: RAM at 1 GiB, and a UART that prints.
let printed = '';
const uart = { read: () => 0, write: (_offset: number, _size: number, value: number) => void (printed += String.fromCharCode(value)) };
const board = MemoryRegion.container('system', 2 ** 40)
  .add(MemoryRegion.ram('ram', RAM, ram), 0x4000_0000)
  .add(MemoryRegion.io('uart', 0x1000, uart), 0x900_0000);

// The guest's "page tables": virtual 0..1 MiB is RAM, the page after it the UART. Elsewhere accesses fault.
const guest: TlbClient = {
  tlbFill(lo, hi, _access, mmuIdx) {
    if (hi !== 0 || lo >>> 0 > RAM) return false;
    tlb.setPage(lo, hi, lo === RAM ? 0x900_0000 : 0x4000_0000 + lo, Prot.READ | Prot.WRITE, mmuIdx, 4096);
    return true;
  },
  unalignedAccess() {},
  transactionFailed: () => true,
};

const MMU_INDEXES = 1;
const env = arena.alloc(ENV_ARCH_OFFSET, 64);
const tlb: CpuTlb = new CpuTlb({
  heap,
  env,
  mmuIndexes: MMU_INDEXES,
  storage: arena.alloc(tlbStorageBytes(MMU_INDEXES), TLB_STORAGE_ALIGN),
  memory: new AddressSpace(heap, board),
  dirty: new DirtyMemory(heap, map, ram, RAM),
  client: guest,
  hooks: { lock() {}, unlock() {}, notdirtyWrite() {}, clearJumpCache() {}, clearJumpCachePage() {} },
  nowMs: () => performance.now(),
});

// What generated code does when its inline lookup misses. Values travel through the vCPU's scratch words.
const SIZE_8 = 0;
const SIZE_32 = 2;
const scratch = (env + CpuCommon.offset.scratch) >>> 2;
heap.u32[scratch] = 0x21696821;
tlb.stSlow(0x1ffe, 0, SIZE_32); // crosses a page
for (let i = 1; i < 4; i++) {
  tlb.ldSlow(0x1ffe + i, 0, SIZE_8);
  tlb.stSlow(RAM, 0, SIZE_8); // the value is still in scratch
}
console.log(printed, tlb.ldSlow(RAM + 0x1000, 0, SIZE_8) === 1 ? 'and a fault' : '');
