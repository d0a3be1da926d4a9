import type { LogSink } from '../log/log.ts';

/** A disk image opened by the I/O thread. Offsets and lengths in bytes. Buffers are not shared memory. */
export interface BlockFile {
  readonly bytes: number;
  readonly readonly: boolean;
  /** Fills `target`, with zeros beyond the end of the image; throws on an I/O error. */
  read(target: Uint8Array, offset: number): void;
  /** Throws on an I/O error. */
  write(source: Uint8Array, offset: number): void;
  /** Returns when all that was written is on stable storage; throws on an I/O error. */
  flush(): void;
  close(): void;
}

/** What a thread of the machine needs of its host. Each thread makes its own. */
export interface ThreadPlatform {
  /** Opens the log of the thread with this name. */
  openLog(name: string): LogSink;
  /** Opens a disk image by the name it has in the configuration. Only called on the I/O thread. */
  openBlock(path: string, readonly: boolean): BlockFile;
  /** Fills a buffer (not shared, at most 4096 bytes) with random bytes. */
  randomFill(target: Uint8Array): void;
}

/** A running thread, as the control thread sees it. */
export interface ThreadHandle {
  /** Settles when the thread is gone: resolves when it ended by itself or was terminated, rejects with the error that ended it. */
  readonly ended: Promise<void>;
  /** Ends it at once, whatever it does. */
  terminate(): Promise<void>;
}

/** A disk image that can be opened as asked. */
export interface DriveImage {
  /** Bytes of the image. */
  readonly bytes: number;
  /** The same for all names of one image, and different for different images. */
  readonly identity: string;
  /**
   * Keeps every other machine from writing to it. Returns what gives it back, called when the I/O thread has closed the
   * image; undefined when another machine has it.
   */
  lock(): Promise<(() => Promise<void>) | undefined>;
}

/** What the control thread needs of its host. */
export interface ControlPlatform {
  /** Starts a thread that calls `threadMain(data, platform)`. While it runs it keeps the process alive. */
  spawn(data: unknown): ThreadHandle;
  /**
   * Looks at a disk image. Rejects with an Error whose message is one sentence for the user when it cannot be opened.
   * Without it images are taken as the options describe them, and not locked.
   */
  inspectDrive?(path: string, readonly: boolean): Promise<DriveImage>;
  /** Tells the embedding program's developer of a mistake that does not stop the machine. */
  warn?(message: string): void;
}
