import { atomicRead32, fetchAdd32, type Heap } from '@mttcg/atomic';
import { waitOn32, wakeOn32 } from '../accel/futex.ts';
import { IO_STATE } from '../io/layout.ts';
import { MachineHeader, RunState } from '../memory/layout.ts';

const H = MachineHeader.offset;
const IO = IO_STATE.offset;

/** The state is one that a machine never leaves. */
export function isEnding(state: number): boolean {
  return state !== RunState.RUNNING && state !== RunState.PAUSED && state !== RunState.RESET;
}

/**
 * Says that this thread leaves guest memory and devices alone, and waits until the control thread has done the reset or
 * the machine ends. Without locks. Returns whether there was a reset.
 */
export function parkForReset(heap: Heap, header: number, ioState: number): boolean {
  // read before the thread counts as parked: the reset that bumps it waits for all threads
  const resets = atomicRead32(heap, ioState + IO.resets);
  fetchAdd32(heap, ioState + IO.parked, 1);
  fetchAdd32(heap, header + H.controlWake, 1);
  wakeOn32(heap, header + H.controlWake, 0x7fffffff);
  for (;;) {
    // the machine may be in the next reset already: the count says that this one is over
    if (atomicRead32(heap, ioState + IO.resets) !== resets) return true;
    if (atomicRead32(heap, header + H.state) !== RunState.RESET) return false;
    waitOn32(heap, header + H.state, RunState.RESET);
  }
}
