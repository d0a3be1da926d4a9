export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const LINE_WORDS = 16;

/** ns of a load that depends on the one before, at random in `bytes` of shared memory: the median of five walks. */
export function memoryLatency(bytes: number): number {
  const lines = bytes / (LINE_WORDS * 4);
  const words = new Uint32Array(new SharedArrayBuffer(bytes));
  const order = Uint32Array.from({ length: lines }, (_, i) => i);
  // Sattolo's shuffle: one cycle through all lines
  for (let i = lines - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  for (let i = 0; i < lines; i++) words[i * LINE_WORDS] = order[i] * LINE_WORDS;
  const STEPS = 1_000_000;
  const times = Array.from({ length: 5 }, () => {
    const begin = performance.now();
    let at = 0;
    for (let i = 0; i < STEPS; i++) at = words[at];
    if (at % LINE_WORDS !== 0) throw new Error('unreachable');
    return ((performance.now() - begin) * 1e6) / STEPS;
  });
  return median(times);
}
