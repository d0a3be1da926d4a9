import { createServer, type Server } from 'node:net';
import { platform } from 'node:os';
import { UserError } from '../errors.ts';

/**
 * Keeps other mttcg processes of this system from writing to the same disk image. A name in the abstract socket
 * namespace is taken by one process at a time and free again when that process ends, however it ends; only Linux has
 * it. Rejected: a lock file beside the image, which a killed process leaves behind.
 */
export async function lockDisk(path: string, identity: string): Promise<() => void> {
  if (platform() !== 'linux') return () => undefined;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new UserError(`-drive: ${path} is already open for writing in another mttcg; readonly=on does not need it alone`) : error);
    });
    server.listen(`\0mttcg-disk-${identity}`, resolve);
  });
  server.unref();
  return () => close(server);
}

function close(server: Server): void {
  server.close();
}
