/** Kernel modules of the virtio devices that the board `virt` has; Debian's kernel has none of them built in. */
export const VIRTIO_MODULES = ['virtio_mmio', 'virtio_blk', 'virtio_console', 'virtio_rng'] as const;

/** Module name as the kernel has it: dashes become underscores. Undefined for what is no module file. */
export function moduleName(path: string): string | undefined {
  const match = /(?:^|\/)lib\/modules\/[^/]+\/kernel\/(?:.*\/)?([^/]+)\.ko(?:\.xz|\.gz|\.zst)?$/.exec(path);
  return match?.[1]!.replaceAll('-', '_');
}

/** Values of a tag in a module's .modinfo section, which is a list of "tag=value" strings. */
function modinfo(bytes: Uint8Array, tag: string): string[] {
  const text = new TextDecoder('latin1').decode(bytes);
  return [...text.matchAll(new RegExp(`\\0${tag}=([^\\0]*)\\0`, 'g'))].map((m) => m[1]!);
}

/** Modules that have to be loaded before this one. */
export function moduleDepends(bytes: Uint8Array): string[] {
  return modinfo(bytes, 'depends').flatMap((list) => list.split(',')).filter((name) => name !== '').map((name) => name.replaceAll('-', '_'));
}

/**
 * `wanted` and all that they depend on, each behind its dependencies. What is not among `available` is left out: it is
 * built into the kernel.
 */
export function loadOrder(wanted: readonly string[], available: ReadonlyMap<string, Uint8Array>): string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    const bytes = available.get(name);
    if (bytes === undefined || order.includes(name)) return;
    for (const other of moduleDepends(bytes)) visit(other);
    if (!order.includes(name)) order.push(name);
  };
  wanted.forEach(visit);
  return order;
}
