/** Ends in the middle of an iteration, with all locks of the table held. */
import { workerData } from 'node:worker_threads';
import { Arena, Heap, Pool } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';
import { AT, TABLE } from './job.ts';

const heap = new Heap(workerData as WebAssembly.Memory);
new Qht(heap, TABLE, new Pool(heap, AT.pool, new Arena(heap, AT.arena))).iterate(() => process.exit(0));
