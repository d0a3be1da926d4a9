import { workerData } from 'node:worker_threads';
import { threadMain, type ThreadData } from '../thread/main.ts';
import { NodeThreadPlatform } from './node-platform.ts';
import type { NodeWorkerData } from './node.ts';

const data = workerData as NodeWorkerData;
threadMain(data.thread as ThreadData, new NodeThreadPlatform(data.log));
