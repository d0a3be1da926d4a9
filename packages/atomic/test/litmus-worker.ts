import { workerData } from 'node:worker_threads';
import { runLitmusThread } from '../src/index.ts';

runLitmusThread(workerData.job, workerData.thread);
