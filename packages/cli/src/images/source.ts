import type { DebPackage } from './deb822.ts';
import type { Progress } from './progress.ts';

/** A package's file, checked. */
export interface FetchedPackage {
  readonly info: DebPackage;
  readonly bytes: Uint8Array;
}

/** Where packages come from. */
export interface PackageSource {
  /** For the manifest: how packages were fetched and what vouches for their checksums. Valid after update(). */
  readonly description: string;
  /** Fetches the lists of packages. @throws UserError */
  update(): Promise<void>;
  /** @throws UserError when the source has no such package */
  find(name: string): Promise<DebPackage>;
  /** Fetches a package and checks its SHA-256. @throws UserError */
  fetch(info: DebPackage): Promise<FetchedPackage>;
}

/** What every source works with. */
export interface SourceContext {
  /** An empty directory for its files. */
  readonly directory: string;
  readonly architecture: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** "21.3 MB". */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
