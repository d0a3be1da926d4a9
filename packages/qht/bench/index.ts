/**
 * The table's benchmark; see README.md beside it.
 *
 *     node bench/index.ts --help
 */
import { cpus, loadavg } from 'node:os';
import { memory } from './memory.ts';
import { readOptions } from './options.ts';
import { memoryLatency } from './report.ts';
import { throughput } from './throughput.ts';

const { runs, rounds, only } = readOptions();
console.log(`Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(2)} before`);
// A lookup of one among 200,000 is little more than two of these.
console.log(`a random load takes ${memoryLatency(64 << 10).toFixed(1)} ns in 64 KB, ${memoryLatency(4 << 20).toFixed(1)} ns in 4 MB`);
if (only.includes('throughput')) await throughput(runs, rounds);
if (only.includes('memory')) memory(rounds);
