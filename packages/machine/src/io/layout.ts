import { alignUp, defineLayout } from '@mttcg/atomic';
import { VIRT_STATE_BYTES } from '../board/index.ts';
import { VIRTIO_BLK_MAX_SUBMITTED } from '../device/index.ts';
import { RingLayout } from './ring.ts';

/** What a block device asks of the I/O thread. */
export const BLOCK_ENTRY = defineLayout({
  name: 'BlockEntry',
  fields: {
    op: 'u32',
    /** Host address of the bytes to write. */
    host: 'u32',
    /** Bytes. */
    length: 'u32',
    token: 'u32',
    /** Offset into the image in bytes. */
    position: 'f64',
  },
});

/** Requests of one drive that have not begun. As many as the device submits at most; positions wrap at 2^32. */
export const BLOCK_QUEUE = defineLayout({
  name: 'BlockQueue',
  align: 64,
  fields: { head: 'u32', tail: 'u32', entries: [BLOCK_ENTRY, VIRTIO_BLK_MAX_SUBMITTED] },
});

/** What the threads of a machine share for input and output, beside the state of the devices. */
export const IO_STATE = defineLayout({
  name: 'IoState',
  align: 64,
  fields: {
    /** Threads that wait for the end of a reset. */
    parked: 'u32',
    /** Resets that are done. */
    resets: 'u32',
    /** Nanoseconds that the virtual clock stood still. Changes only while no vCPU runs. */
    stoppedNs: 'f64',
    /** The second serial port, a virtio console. The first one's rings are named by the machine's header. */
    consoleOut: RingLayout,
    consoleIn: RingLayout,
  },
});

const FIRST = alignUp(VIRT_STATE_BYTES, IO_STATE.align);

/** Bytes of device state, {@link IO_STATE} and the block queues behind it included. */
export function deviceBytes(drives: number): number {
  return FIRST + IO_STATE.size + drives * BLOCK_QUEUE.size;
}

/** Host address of IO_STATE. `devices`: of the device state. */
export function ioStateAt(devices: number): number {
  return devices + FIRST;
}

/** Host address of a drive's BLOCK_QUEUE. */
export function blockQueueAt(devices: number, drive: number): number {
  return ioStateAt(devices) + IO_STATE.size + drive * BLOCK_QUEUE.size;
}
