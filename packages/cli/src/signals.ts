import { constants } from 'node:os';
import { Interrupted } from './errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `action` with a signal that SIGINT, SIGTERM and SIGHUP abort. @throws Interrupted after it has cleaned up */
export async function withSignals<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let status = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    status = 128 + constants.signals[name];
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await action(controller.signal);
  } catch (error) {
    if (status !== 0) throw new Interrupted(status);
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
