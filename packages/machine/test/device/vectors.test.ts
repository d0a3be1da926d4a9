import { readFileSync } from 'node:fs';
import { Heap } from '@mttcg/atomic';
import { AddressSpace } from '@mttcg/softmmu';
import { expect, it } from 'vitest';
import { VirtBoard } from '../../src/board/index.ts';
import { READ, SEQUENCES, WRITE_BYTE } from './sequence.ts';

const MIB = 1 << 20;

function makeMemory(): AddressSpace {
  const heap = new Heap(new SharedArrayBuffer(4 * MIB));
  const nothing = (): void => undefined;
  const board = new VirtBoard({
    heap, state: 4096, cpus: 2, ramHost: 2 * MIB, ramBytes: MIB,
    serial: { write: nothing },
    log: { unimp: nothing, guestError: nothing },
    virtio: [{ kind: 'rng', entropy: { fill: nothing } }],
    clock: { nowNs: () => 0 },
    wallClock: { nowSeconds: () => 0 },
    dma: { host: () => -1, dirty: nothing },
    currentCpu: () => 0,
    cpuLine: nothing,
    deviceTimer: () => ({ arm: nothing, cancel: nothing }),
  });
  board.reset();
  return new AddressSpace(heap, board.root);
}

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Record<string, number[]>;

it.each(Object.keys(SEQUENCES))('answers as QEMU does: %s', (name) => {
  const memory = makeMemory();
  const answers = vectors[name];
  const accesses = SEQUENCES[name]();
  let next = 0;
  accesses.forEach(([kind, address, value], i) => {
    if (kind !== READ) return memory.write(address, kind === WRITE_BYTE ? 1 : 4, value);
    const ours = memory.read(address, 4);
    const theirs = answers[next++];
    if (ours === theirs) return;
    const before = accesses.slice(Math.max(0, i - 15), i + 1).map((access) => access.map((x) => x.toString(16)).join(' '));
    throw new Error(`access ${i}: 0x${ours.toString(16)}, QEMU 0x${theirs.toString(16)}\n${before.join('\n')}`);
  });
  expect(next).toBe(answers.length);
});
