import { Heap } from '@mttcg/atomic';
import { armArch } from '@mttcg/guest-arm';

// mov x0, #42; cbz x1, .+8; b .-4; ret
const heap = new Heap(new SharedArrayBuffer(4096));
heap.u32.set([0xd2800540, 0xb4000041, 0x17ffffff, 0xd65f03c0]);
for (let at = 0; at < 16; at += 4) {
  const { text } = armArch.disassemble(heap, at, 0x400000 + at, 0);
  console.log((0x400000 + at).toString(16), text);
}
console.log('models:', armArch.models.join(', '));
