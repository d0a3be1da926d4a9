/** Stanzas of Debian control data (deb822(5)): Packages indexes, Release files, `apt-cache show`. */

export type Stanza = ReadonlyMap<string, string>;

/** Splits control data into its stanzas. Field names are lower-cased; continuation lines are joined by newlines. */
export function parseStanzas(text: string): Stanza[] {
  const out: Stanza[] = [];
  for (const block of text.split(/\n[ \t]*\n/)) {
    const stanza = parseStanza(block);
    if (stanza.size > 0) out.push(stanza);
  }
  return out;
}

function parseStanza(block: string): Stanza {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of block.split('\n')) {
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) fields.set(last, `${fields.get(last)!}\n${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    last = line.slice(0, colon).toLowerCase();
    fields.set(last, line.slice(colon + 1).trim());
  }
  return fields;
}

/** One package as an index describes it. */
export interface DebPackage {
  readonly name: string;
  readonly version: string;
  readonly depends: string;
  /** Path below the archive's root. */
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Reads a package's stanza; undefined when a needed field is missing. */
export function debPackage(stanza: Stanza): DebPackage | undefined {
  const name = stanza.get('package');
  const version = stanza.get('version');
  const filename = stanza.get('filename');
  const size = Number(stanza.get('size'));
  const sha256 = stanza.get('sha256')?.toLowerCase();
  if (name === undefined || version === undefined || filename === undefined || !Number.isSafeInteger(size)) return undefined;
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  return { name, version, filename, size, sha256, depends: stanza.get('depends') ?? '' };
}

/** The first package with this prefix that another depends on: what a meta package stands for. */
export function dependencyWithPrefix(depends: string, prefix: string): string | undefined {
  for (const part of depends.split(/[,|]/)) {
    const name = part.trim().split(/[\s(:]/)[0]!;
    if (name.startsWith(prefix)) return name;
  }
  return undefined;
}
