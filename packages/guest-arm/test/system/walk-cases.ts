/**
 * Random translation tables and addresses, the same for our walk and for another emulator. The tables fill a pool of
 * 64 KiB units in RAM; every descriptor that points to a table points into the pool.
 */
export const POOL_BASE = 0x44000000;
export const POOL_UNITS = 12;
export const UNIT = 0x10000;
export const CASES_BASE = 0x45000000;

export interface WalkConfig {
  tcr: bigint;
  ttbr0: bigint;
  ttbr1: bigint;
  mair: bigint;
  sctlr: bigint;
  addresses: bigint[];
}

export interface WalkCases {
  pool: Uint8Array;
  configs: WalkConfig[];
}

/** mulberry32: 32 random bits per call. */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/**
 * `max`: the model has 16K granules, PAN and E0PD; no address size beyond 48 bits is asked of it, and no table outside
 * RAM, since the external abort of the walk would be taken as an exception.
 */
export function makeWalkCases(seed: number, max: boolean, configCount: number, perConfig: number): WalkCases {
  const rnd = random(seed);
  const below = (n: number): number => rnd() % n;
  const chance = (percent: number): boolean => below(100) < percent;
  const big = (): bigint => (BigInt(rnd()) << 32n) | BigInt(rnd());
  const tableAddress = (): bigint => BigInt(POOL_BASE + below(POOL_UNITS) * UNIT);

  const pool = new Uint8Array(POOL_UNITS * UNIT);
  const words = new BigUint64Array(pool.buffer);
  for (let i = 0; i < words.length; i++) {
    const attrs = big() & 0xf07c_0000_0000_0ffcn;
    const af = chance(92) ? 1n << 10n : 0n;
    const kind = below(100);
    let d: bigint;
    // PXNTable, XNTable and APTable seldom, or hardly anything would be allowed deep down
    const tableAttrs = chance(25) ? attrs & 0x7800_0000_0000_0ffcn : 0n;
    if (kind < 50) d = 3n | tableAttrs | tableAddress() | (attrs & 0x0070_0000_0000_0000n) | (af | (attrs & 0xbfcn));
    else if (kind < 85) d = 1n | (attrs & 0x0070_0000_0000_0bfcn) | af | (big() & 0xffff_ffff_0000n);
    else if (kind < 95) d = big() & ~1n;
    else d = big() | 1n;
    // Mostly low output addresses, so that few walks end with an address size fault; tables stay in the pool.
    if (kind >= 50 && kind < 85 && chance(85)) d &= ~0xffff_0000_0000n;
    if (kind >= 95) d = (d & ~0xffff_ffff_f000n) | tableAddress() | (max || chance(50) ? 0n : 0xf000_0000_0000n);
    words[i] = d & ~(1n << 51n) & ~(1n << 50n);
  }

  const configs: WalkConfig[] = [];
  for (let c = 0; c < configCount; c++) {
    const tg0 = BigInt(below(max ? 3 : 2));
    const tg1 = BigInt(max ? 1 + below(3) : 2 + below(2));
    const tsz = (): bigint => BigInt(16 + below(24));
    const ips = BigInt(chance(60) ? 5 : below(6));
    const t0 = tsz();
    const t1 = tsz();
    const tcr =
      t0 | (t1 << 16n) | (tg0 << 14n) | (tg1 << 30n) | (ips << 32n) | (chance(8) ? 1n << 7n : 0n) |
      (chance(8) ? 1n << 23n : 0n) | (chance(50) ? 1n << 37n : 0n) | (chance(50) ? 1n << 38n : 0n) |
      (max && chance(10) ? 1n << 55n : 0n) | (max && chance(10) ? 1n << 56n : 0n);
    const config: WalkConfig = {
      tcr,
      ttbr0: tableAddress() | (big() & 0xffff_0000_0000_0000n) | (chance(5) && (!max || ips < 5n) ? 0xff00_0000_0000n : 0n),
      ttbr1: tableAddress() | (big() & 0xffff_0000_0000_0000n),
      mair: big(),
      sctlr: 0x30d00800n | (chance(95) ? 1n : 0n) | (chance(20) ? 1n << 19n : 0n),
      addresses: [],
    };
    for (let i = 0; i < perConfig; i++) {
      const upper = chance(50);
      const bits = 64n - (upper ? t1 : t0);
      let va = big() & ((1n << bits) - 1n);
      // near the ends of the range, and in the first entries
      if (chance(30)) va &= 0xffff_ffffn;
      if (upper) va |= ~((1n << bits) - 1n) & 0xffff_ffff_ffff_ffffn;
      if (chance(15)) va = (va & 0x00ff_ffff_ffff_ffffn) | (big() & 0xff00_0000_0000_0000n);
      if (chance(5)) va ^= 1n << BigInt(below(64));
      config.addresses.push(va);
    }
    configs.push(config);
  }
  return { pool, configs };
}

/** The cases as at-walk.S reads them. */
export function encodeCases(cases: WalkCases): Uint8Array {
  const out: bigint[] = [BigInt(cases.configs.length)];
  for (const c of cases.configs) {
    out.push(c.tcr, c.ttbr0, c.ttbr1, c.mair, c.sctlr, BigInt(c.addresses.length), ...c.addresses);
  }
  return new Uint8Array(BigUint64Array.from(out).buffer);
}

/** Cases of the committed vectors, by model. */
export const WALK_SEEDS: Readonly<Record<string, { seed: number; max: boolean; configs: number; perConfig: number }>> = {
  'cortex-a57': { seed: 57, max: false, configs: 60, perConfig: 40 },
  max: { seed: 1000, max: true, configs: 60, perConfig: 40 },
};
