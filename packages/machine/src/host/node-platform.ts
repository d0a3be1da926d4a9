import { randomFillSync } from 'node:crypto';
import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { LogSink } from '../log/log.ts';
import type { BlockFile, ThreadPlatform } from './platform.ts';

/** Where logs go: a file name (with %d for the thread), or standard error. */
export interface NodeLogOptions {
  readonly file: string | undefined;
}

/** Thread services on Node. */
export class NodeThreadPlatform implements ThreadPlatform {
  readonly #log: NodeLogOptions;

  constructor(log: NodeLogOptions) {
    this.#log = log;
  }

  openLog(name: string): LogSink {
    const { file } = this.#log;
    let fd = 2;
    let opened = file === undefined;
    return (text) => {
      if (!opened) {
        fd = openSync(file!.includes('%d') ? file!.replaceAll('%d', name) : `${file!}.${name}`, 'w');
        opened = true;
      }
      writeAll(fd, Buffer.from(text), undefined);
    };
  }

  openBlock(path: string, readonly: boolean): BlockFile {
    return new NodeBlockFile(path, readonly);
  }

  randomFill(target: Uint8Array): void {
    randomFillSync(target);
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number | undefined): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position === undefined ? null : position + done);
  }
}

class NodeBlockFile implements BlockFile {
  readonly bytes: number;
  readonly readonly: boolean;
  readonly #fd: number;

  constructor(path: string, readonly: boolean) {
    this.readonly = readonly;
    this.#fd = openSync(path, readonly ? 'r' : 'r+');
    this.bytes = fstatSync(this.#fd).size;
  }

  read(target: Uint8Array, offset: number): void {
    let done = 0;
    while (done < target.length) {
      const n = readSync(this.#fd, target, done, target.length - done, offset + done);
      if (n === 0) break;
      done += n;
    }
    target.fill(0, done);
  }

  write(source: Uint8Array, offset: number): void {
    writeAll(this.#fd, source, offset);
  }

  flush(): void {
    fdatasyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
