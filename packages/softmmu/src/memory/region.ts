/** Device registers behind a region. `offset` counts from the region's start and is a multiple of `size`. */
export interface IoOps {
  /** Value as u32; bits beyond `size` bytes are ignored. The caller holds the big lock. */
  read(offset: number, size: 1 | 2 | 4): number;
  /** `value` is a u32 cut to `size` bytes. The caller holds the big lock. */
  write(offset: number, size: 1 | 2 | 4, value: number): void;
  /** False: nothing answers there, as where no region lies. Absent: everything answers. */
  accepts?(offset: number, size: 1 | 2 | 4, write: boolean): boolean;
}

export const RegionKind = { CONTAINER: 0, RAM: 1, ROM: 2, IO: 3, ALIAS: 4 } as const;

interface Child {
  readonly region: MemoryRegion;
  readonly offset: number;
  readonly priority: number;
}

/** Counts changes of every tree it belongs to, so that a view knows it is out of date. */
export interface RegionObserver {
  regionChanged(): void;
}

/**
 * A node of the tree that says what lies where in physical memory. Sizes and offsets are bytes, safe integers.
 * The tree belongs to one thread; every thread builds the same one from the board's description, and only the bytes of
 * RAM and ROM are shared. A change at run time (add, remove, setEnabled) is therefore a change on that thread only:
 * a machine that remaps memory must do it on all threads in an exclusive section.
 */
export class MemoryRegion {
  readonly name: string;
  readonly size: number;
  readonly kind: number;
  /** Host address of the first byte: RAM and ROM. */
  readonly host: number;
  readonly ops: IoOps | undefined;
  readonly target: MemoryRegion | undefined;
  /** Offset in the alias's target. */
  readonly targetOffset: number;
  #enabled = true;
  readonly #children: Child[] = [];
  /** Containers and aliases this is part of, and views. */
  readonly #observers = new Set<RegionObserver>();

  private constructor(name: string, size: number, kind: number, host = 0, ops?: IoOps, target?: MemoryRegion, targetOffset = 0) {
    if (!Number.isSafeInteger(size) || size <= 0) throw new RangeError(`region ${name}: size ${size}`);
    this.name = name;
    this.size = size;
    this.kind = kind;
    this.host = host;
    this.ops = ops;
    this.target = target;
    this.targetOffset = targetOffset;
    target?.observe(this);
  }

  /** Nothing of its own; shows its children. */
  static container(name: string, size: number): MemoryRegion {
    return new MemoryRegion(name, size, RegionKind.CONTAINER);
  }

  /** Plain memory at host address `host` (a multiple of 4096 for the fast path to reach it). */
  static ram(name: string, size: number, host: number): MemoryRegion {
    return new MemoryRegion(name, size, RegionKind.RAM, host);
  }

  /** Memory that guest stores do not change. */
  static rom(name: string, size: number, host: number): MemoryRegion {
    return new MemoryRegion(name, size, RegionKind.ROM, host);
  }

  static io(name: string, size: number, ops: IoOps): MemoryRegion {
    return new MemoryRegion(name, size, RegionKind.IO, 0, ops);
  }

  /** A window onto `size` bytes of another region (or tree) from `offset` on. */
  static alias(name: string, target: MemoryRegion, offset: number, size: number): MemoryRegion {
    return new MemoryRegion(name, size, RegionKind.ALIAS, 0, undefined, target, offset);
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  setEnabled(enabled: boolean): void {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    this.regionChanged();
  }

  /** Children in the order of precedence: higher priority first, among equals the one added last. */
  get children(): readonly Child[] {
    return this.#children;
  }

  /** Places a child; where children overlap, the higher priority shows. Returns this. */
  add(child: MemoryRegion, offset: number, priority = 0): this {
    if (this.kind === RegionKind.ALIAS) throw new RangeError(`region ${this.name}: an alias has no children`);
    if (!Number.isSafeInteger(offset)) throw new RangeError(`region ${child.name}: offset ${offset}`);
    if (child === this || child.contains(this)) throw new RangeError(`region ${child.name}: contains ${this.name}`);
    const at = this.#children.findIndex((c) => c.priority <= priority);
    this.#children.splice(at < 0 ? this.#children.length : at, 0, { region: child, offset, priority });
    child.observe(this);
    this.regionChanged();
    return this;
  }

  remove(child: MemoryRegion): void {
    const at = this.#children.findIndex((c) => c.region === child);
    if (at < 0) throw new RangeError(`region ${child.name}: not in ${this.name}`);
    this.#children.splice(at, 1);
    if (!this.#children.some((c) => c.region === child)) child.unobserve(this);
    this.regionChanged();
  }

  /** Whether `other` is below this, through aliases too. */
  contains(other: MemoryRegion): boolean {
    if (this.target !== undefined && (this.target === other || this.target.contains(other))) return true;
    return this.#children.some((c) => c.region === other || c.region.contains(other));
  }

  observe(observer: RegionObserver): void {
    this.#observers.add(observer);
  }

  unobserve(observer: RegionObserver): void {
    this.#observers.delete(observer);
  }

  regionChanged(): void {
    for (const observer of this.#observers) observer.regionChanged();
  }
}
