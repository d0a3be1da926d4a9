/**
 * What a device model sees of the rest of the machine.
 *
 * One device is constructed once in every thread (each vCPU worker, the I/O thread), always over the same block of
 * shared memory. So a device object holds no guest-visible state of its own: only views, offsets and the services
 * below. Every method runs with the big lock (BQL) held by the caller unless its doc says otherwise.
 */
import type { Heap } from '@mttcg/atomic';

/** Width of one register access in bytes. 8-byte accesses are split by the bus, low half first. */
export type AccessSize = 1 | 2 | 4;

/** A device's block in the shared memory. */
export interface SharedState {
  /** Typed-array views of the whole shared memory. */
  readonly heap: Heap;
  /** Host address of the block; zero-initialised, 16-byte aligned, as long as the device's `STATE_SIZE`. */
  readonly base: number;
}

/** One window of memory-mapped registers. The caller holds the BQL. */
export interface MmioDevice {
  readonly name: string;
  /** Bytes of the window. */
  readonly size: number;
  /** `offset` is aligned to `size`. Returns a u32; bits beyond `size` are ignored by the bus. May have side effects. */
  read(offset: number, size: AccessSize): number;
  /** `value` is a u32, already cut to `size`. */
  write(offset: number, size: AccessSize, value: number): void;
  /** Puts the state block to what power-on gives. */
  reset(): void;
}

/** Sets an interrupt line. Cheap when the level does not change. */
export type IrqLine = (level: 0 | 1) => void;

/** Virtual time. */
export interface Clock {
  /** Nanoseconds since the machine started; never goes back. */
  nowNs(): number;
}

/** Wall-clock time, for real-time clocks. */
export interface WallClock {
  /** Seconds since 1970-01-01 UTC. */
  nowSeconds(): number;
}

/**
 * One deadline on the I/O thread, owned by one device. Arming replaces the previous deadline. When it passes, the I/O
 * thread takes the BQL and calls the device's `onTimer()`.
 */
export interface DeviceTimer {
  /** @param deadlineNs in the time of {@link Clock.nowNs} */
  arm(deadlineNs: number): void;
  cancel(): void;
}

/** A device that owns a {@link DeviceTimer}. */
export interface TimerClient {
  /** Called on the I/O thread with the BQL held, at or after the deadline. */
  onTimer(): void;
}

/** Where devices say what a guest did that they cannot do. */
export interface DeviceLog {
  /** Access to something that is not modelled. */
  unimp(device: string, message: string): void;
  /** Something that a correct driver does not do. */
  guestError(device: string, message: string): void;
}

/** The serial side of a UART or console. */
export interface CharBackend {
  /** One byte from the guest. Must not block: the caller holds the BQL. */
  write(byte: number): void;
  /** The device has room again after it was full: `canReceive()` is worth asking. On the thread of the guest's access. */
  acceptInput?(): void;
}

/** A device that takes bytes from the outside world. All methods run on the I/O thread with the BQL held. */
export interface CharReceiver {
  /** How many bytes {@link receive} would take now. */
  canReceive(): number;
  /** Only while `canReceive() > 0`; otherwise the byte is lost and an overrun is flagged where the device has one. */
  receive(byte: number): void;
  /** No more bytes come for now: what the device gathered goes to the guest. Before the BQL is given up. */
  received?(): void;
}

/** A source of random bytes. */
export interface EntropyBackend {
  /** Fills `length` bytes of shared memory from host address `hostAddr`. */
  fill(hostAddr: number, length: number): void;
}

/** Access to guest RAM for devices that are bus masters. */
export interface Dma {
  /** Host address of `len` bytes at guest physical `pa`, or -1 when that is not all plain RAM. */
  host(pa: number, len: number): number;
  /** After a device wrote there: drops translated code and marks the pages dirty. */
  dirty(pa: number, len: number): void;
}

/** What the board can make the machine do. */
export interface PowerControl {
  /** Ends the machine: the guest asked for power-off. */
  powerOff(): void;
  /** Restarts the machine. */
  reset(): void;
}
