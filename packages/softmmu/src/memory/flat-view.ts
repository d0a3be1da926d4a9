import { type MemoryRegion, RegionKind } from './region.ts';

/** A range of physical addresses that one region shows through. */
export class Section {
  /** Physical address of the first byte, and of the one after the last. */
  readonly start: number;
  readonly end: number;
  readonly kind: number;
  /** Undefined only in UNASSIGNED. */
  readonly region: MemoryRegion | undefined;
  /** Offset of `start` in the region. */
  readonly offset: number;
  /** Host address of `start`: RAM and ROM. */
  readonly host: number;
  /**
   * Physical address under which the same memory lies lowest, less `start`: 0 unless this shows memory that an earlier
   * section shows too. Translated code and its invalidation use that address, so that they meet across aliases.
   */
  canonicalDelta = 0;

  constructor(start: number, end: number, kind: number, region: MemoryRegion | undefined, offset: number) {
    this.start = start;
    this.end = end;
    this.kind = kind;
    this.region = region;
    this.offset = offset;
    this.host = region === undefined ? 0 : region.host + offset;
  }

  get plain(): boolean {
    return this.kind === RegionKind.RAM || this.kind === RegionKind.ROM;
  }
}

/** What find() returns where nothing lies. */
const UNASSIGNED: Section = new Section(0, 0, RegionKind.CONTAINER, undefined, 0);

const CACHE_SIZE = 1024;

/**
 * A region tree flattened to sorted ranges that do not overlap. Immutable.
 */
export class FlatView {
  readonly sections: readonly Section[];
  readonly #cachePages = new Float64Array(CACHE_SIZE).fill(-1);
  readonly #cache: Section[] = new Array<Section>(CACHE_SIZE).fill(UNASSIGNED);

  constructor(root: MemoryRegion) {
    const sections: Section[] = [];
    render(sections, root, 0, 0, root.size);
    this.sections = sections;
    for (const section of sections) {
      if (!section.plain) continue;
      const host = section.host;
      const first = sections.find((s) => s.plain && s.host <= host && host + section.end - section.start <= s.host + s.end - s.start);
      if (first !== undefined) section.canonicalDelta = first.start + (host - first.host) - section.start;
    }
  }

  /** The section that holds `pa`, or one of kind CONTAINER without a region where nothing lies. */
  find(pa: number): Section {
    const page = Math.floor(pa / 4096);
    const slot = page % CACHE_SIZE;
    if (this.#cachePages[slot] === page) {
      const hit = this.#cache[slot]!;
      if (pa >= hit.start && pa < hit.end) return hit;
    }
    const found = this.#search(pa);
    if (found !== UNASSIGNED) {
      this.#cachePages[slot] = page;
      this.#cache[slot] = found;
    }
    return found;
  }

  #search(pa: number): Section {
    const { sections } = this;
    let low = 0;
    let high = sections.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const section = sections[middle]!;
      if (pa < section.start) high = middle;
      else if (pa >= section.end) low = middle + 1;
      else return section;
    }
    return UNASSIGNED;
  }
}

/** Adds what `region`, placed at `base`, shows of [from, to) and is not covered by what is there. */
function render(out: Section[], region: MemoryRegion, base: number, from: number, to: number): void {
  if (!region.enabled) return;
  const start = Math.max(from, base);
  const end = Math.min(to, base + region.size);
  if (start >= end) return;
  if (region.kind === RegionKind.ALIAS) {
    render(out, region.target!, base - region.targetOffset, start, end);
    return;
  }
  for (const child of region.children) render(out, child.region, base + child.offset, start, end);
  if (region.kind !== RegionKind.CONTAINER) insert(out, region, base, start, end);
}

/** Fills the gaps of [start, end) with the region. */
function insert(out: Section[], region: MemoryRegion, base: number, start: number, end: number): void {
  let at = out.findIndex((s) => s.end > start);
  if (at < 0) at = out.length;
  let cursor = start;
  while (cursor < end) {
    const next = out[at];
    const gapEnd = next === undefined ? end : Math.min(end, next.start);
    if (cursor < gapEnd) {
      out.splice(at, 0, new Section(cursor, gapEnd, region.kind, region, cursor - base));
      at++;
    }
    if (next === undefined || next.start >= end) return;
    cursor = next.end;
    at++;
  }
}
