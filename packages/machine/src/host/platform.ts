import type { LogSink } from '../log/log.ts';

/** A disk image opened by the I/O thread. Offsets and lengths in bytes. */
export interface BlockFile {
  readonly bytes: number;
  readonly readonly: boolean;
  /** Fills `target`; throws on an I/O error. */
  read(target: Uint8Array, offset: number): void;
  write(source: Uint8Array, offset: number): void;
  flush(): void;
  close(): void;
}

/** What a thread of the machine needs of its host. Each thread makes its own. */
export interface ThreadPlatform {
  /** Opens the log of the thread with this name. */
  openLog(name: string): LogSink;
  /** Opens a disk image by the name it has in the configuration. Only called on the I/O thread. */
  openBlock(path: string, readonly: boolean): BlockFile;
  /** Fills a buffer (not shared) with random bytes. */
  randomFill(target: Uint8Array): void;
}

/** A running thread, as the control thread sees it. */
export interface ThreadHandle {
  /** Resolves when it ended by itself; rejects with the error that ended it. */
  readonly ended: Promise<void>;
  /** Ends it at once, whatever it does. */
  terminate(): Promise<void>;
}

/** What the control thread needs of its host. */
export interface ControlPlatform {
  /** Starts a thread that calls `threadMain(data, platform)`. */
  spawn(data: unknown): ThreadHandle;
}
