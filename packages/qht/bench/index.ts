/**
 * The table's benchmark; see README.md beside it.
 *
 *     node bench/index.ts --help
 */
import { cpus, loadavg } from 'node:os';
import { memory } from './memory.ts';
import { readOptions } from './options.ts';
import { throughput } from './throughput.ts';

const { runs, rounds, only } = readOptions();
console.log(`Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(2)} before`);
if (only.includes('throughput')) await throughput(runs, rounds);
if (only.includes('memory')) memory(rounds);
