import { constants, open, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { getSystemErrorMessage } from 'node:util';
import type { DriveImage } from './platform.ts';

/** Looks at a raw disk image. Rejects with one sentence when it is no file that can be opened as asked. */
export async function inspectImage(path: string, readonly: boolean): Promise<DriveImage> {
  try {
    const info = await stat(path, { bigint: true });
    if (!info.isFile()) throw new Error(`${path} is ${info.isDirectory() ? 'a directory' : 'not a regular file'}, not a disk image`);
    const file = await open(path, readonly ? constants.O_RDONLY : constants.O_RDWR);
    await file.close();
    const identity = `${info.dev}:${info.ino}`;
    const lock = async (): Promise<Unlock | undefined> => process.platform === 'linux' ? lockByName(identity) : lockByFile(await realpath(path));
    return { bytes: Number(info.size), identity, lock };
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new Error(`${path} cannot be opened for ${readonly ? 'reading' : 'writing'} (${getSystemErrorMessage(errno)})`, { cause: error });
  }
}

type Unlock = () => Promise<void>;

/**
 * A name in the abstract socket namespace, which only Linux has: one socket holds it at a time, and it is free again when
 * the process ends, however it ends. Machines in containers with networks of their own do not see each other's.
 */
async function lockByName(identity: string): Promise<Unlock | undefined> {
  const server = createServer((socket) => socket.destroy());
  const free = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path: `\0mttcg-image-${identity}`, exclusive: true }, () => resolve(true));
  });
  if (!free) return undefined;
  server.unref();
  return async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
}

/** A file beside the image that names its holder's process. One that a killed process left behind is taken over. */
export async function lockByFile(path: string): Promise<Unlock | undefined> {
  const lock = `${path}.mttcg-lock`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(lock, `${process.pid}\n`, { flag: 'wx' });
      return async () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number.parseInt(await readFile(lock, 'utf8').catch(() => ''), 10);
    if (isAlive(holder)) return undefined;
    await rm(lock, { force: true });
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  // a lock without a number is being written at this moment
  if (Number.isNaN(pid)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
