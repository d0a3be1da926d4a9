import type { ControlPlatform, DriveImage } from './host/platform.ts';
import { ConfigError } from './options.ts';
import type { DriveConfig } from './thread/config.ts';

/**
 * Checks the images of a machine's drives and locks those that are written to. Returns what gives them back.
 * @throws ConfigError for an image that cannot be used, with nothing left locked
 */
export async function claimDrives(drives: readonly DriveConfig[], platform: ControlPlatform): Promise<() => Promise<void>> {
  const images: { drive: DriveConfig; image: DriveImage }[] = [];
  for (const drive of drives) {
    const image = await inspect(drive, platform);
    if (image === undefined) continue;
    if (image.bytes < drive.bytes) throw new ConfigError('-drive', `${drive.path} has ${image.bytes} bytes, fewer than the ${drive.bytes} of the drive`);
    if (images.some((other) => other.image.identity === image.identity && !(other.drive.readonly && drive.readonly))) {
      throw new ConfigError('-drive', `${drive.path} is used by two drives and written to; only drives that are all read-only may share an image`);
    }
    images.push({ drive, image });
  }
  const locks: (() => Promise<void>)[] = [];
  const release = async (): Promise<void> => {
    await Promise.allSettled(locks.map(async (unlock) => unlock()));
  };
  try {
    for (const { drive, image } of images) {
      if (drive.readonly) continue;
      const unlock = await image.lock();
      if (unlock === undefined) throw new ConfigError('-drive', `${drive.path} is open for writing in another machine; only a read-only drive may share an image`);
      locks.push(unlock);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

async function inspect(drive: DriveConfig, platform: ControlPlatform): Promise<DriveImage | undefined> {
  try {
    return await platform.inspectDrive?.(drive.path, drive.readonly);
  } catch (error) {
    throw new ConfigError('-drive', error instanceof Error ? error.message : String(error), error);
  }
}
