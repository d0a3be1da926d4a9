import { INITRAMFS_VERSION } from './guest-init.ts';

/** A guest that `mttcg images pull` knows how to make. */
export interface ImageRecipe {
  readonly name: string;
  readonly description: string;
  readonly contents: number;
  readonly architecture: string;
  /** Meta package that depends on the current kernel, and the prefix of that dependency. */
  readonly kernelMeta: string;
  readonly kernelPrefix: string;
  readonly busybox: string;
  readonly append: string;
}

export const RECIPES: readonly ImageRecipe[] = [{
  name: 'debian-arm64',
  description: "Debian's arm64 cloud kernel with a busybox shell",
  contents: INITRAMFS_VERSION,
  architecture: 'arm64',
  kernelMeta: 'linux-image-cloud-arm64',
  kernelPrefix: 'linux-image-',
  busybox: 'busybox-static',
  append: 'console=ttyAMA0',
}];

export function findRecipe(name: string): ImageRecipe | undefined {
  return RECIPES.find((r) => r.name === name);
}
