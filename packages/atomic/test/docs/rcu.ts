import { defineLayout, fieldAddress, ptrCell, ptrTo, Rcu, rcuReadPtr, rcuSetPtr, type Heap } from '@mttcg/atomic';

const Config = defineLayout({ name: 'Config', fields: { a: 'u32', b: 'u32' } });
const current = ptrCell(Config, 64);
const OLD = 128;
const NEW = 192;
const DOMAIN = 256;

const fill = (heap: Heap, at: number, value: number) => {
  const config = ptrTo(heap, Config, at);
  heap.u32[fieldAddress(heap, Config, config, 'a') >>> 2] = value;
  heap.u32[fieldAddress(heap, Config, config, 'b') >>> 2] = value;
  return config;
};

export const setup = (heap: Heap) => {
  Rcu.format(heap, DOMAIN, 2);
  rcuSetPtr(heap, current, fill(heap, OLD, 1));
};

export const threads = [
  (heap: Heap) => {
    rcuSetPtr(heap, current, fill(heap, NEW, 2)); // readers see the old one or the new one, whole
    new Rcu(heap, DOMAIN).synchronize(); // nobody can be looking at the old one any more
    fill(heap, OLD, 0);
  },
  (heap: Heap) => {
    const reader = new Rcu(heap, DOMAIN).register(7);
    reader.lock();
    const config = rcuReadPtr(heap, current);
    const a = heap.u32[fieldAddress(heap, Config, config, 'a') >>> 2];
    const b = heap.u32[fieldAddress(heap, Config, config, 'b') >>> 2];
    reader.unlock();
    reader.unregister();
    return [a, b];
  },
];

export const check = ([, [a, b]]: number[][]) => a === b && a !== 0;
