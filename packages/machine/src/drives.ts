import type { ControlPlatform, DriveClaim } from './host/platform.ts';
import { ConfigError } from './options.ts';
import type { DriveConfig } from './thread/config.ts';

/**
 * Reserves the images of a machine's drives. Returns what gives them back.
 * @throws ConfigError for an image that cannot be used, with nothing left reserved
 */
export async function claimDrives(drives: readonly DriveConfig[], platform: ControlPlatform): Promise<() => Promise<void>> {
  const claims: { drive: DriveConfig; claim: DriveClaim }[] = [];
  const release = async (): Promise<void> => {
    await Promise.allSettled(claims.map(async ({ claim }) => claim.release()));
  };
  try {
    for (const drive of drives) {
      const claim = await platform.claimDrive?.(drive.path, drive.readonly).catch((error: unknown) => {
        throw new ConfigError('-drive', error instanceof Error ? error.message : String(error), error);
      });
      if (claim === undefined) continue;
      const other = claims.find((c) => c.claim.identity === claim.identity && !(c.drive.readonly && drive.readonly));
      claims.push({ drive, claim });
      if (other !== undefined) throw new ConfigError('-drive', `${drive.path} is used by two drives and written to; only drives that are all read-only may share an image`);
      if (claim.bytes < drive.bytes) throw new ConfigError('-drive', `${drive.path} has ${claim.bytes} bytes, fewer than the ${drive.bytes} of the drive`);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}
