import { PAGE_MASK, PAGE_SIZE } from './entry.ts';

interface Watchpoint {
  readonly addrLo: number;
  readonly addrHi: number;
  readonly bytes: number;
  /** Bit 1 << Access for each kind of access that hits. */
  readonly accessMask: number;
}

/** Watched ranges of guest virtual addresses; few, so a list. */
export class Watchpoints {
  readonly #list: Watchpoint[] = [];

  get count(): number {
    return this.#list.length;
  }

  add(addrLo: number, addrHi: number, bytes: number, accessMask: number): void {
    this.#list.push({ addrLo: addrLo | 0, addrHi: addrHi | 0, bytes, accessMask });
  }

  /** False when there is no such watchpoint. */
  remove(addrLo: number, addrHi: number, bytes: number, accessMask: number): boolean {
    const at = this.#list.findIndex(
      (w) => w.addrLo === (addrLo | 0) && w.addrHi === (addrHi | 0) && w.bytes === bytes && w.accessMask === accessMask,
    );
    if (at >= 0) this.#list.splice(at, 1);
    return at >= 0;
  }

  /** Whether any watchpoint touches the page of the address. */
  touchesPage(addrLo: number, addrHi: number): boolean {
    return this.#hit(addrLo & PAGE_MASK, addrHi, PAGE_SIZE, -1);
  }

  /** Whether the access touches a watchpoint of its kind. */
  hit(addrLo: number, addrHi: number, size: number, access: number): boolean {
    return this.#hit(addrLo, addrHi, size, 1 << access);
  }

  #hit(lo: number, hi: number, size: number, mask: number): boolean {
    for (let i = 0; i < this.#list.length; i++) {
      const w = this.#list[i]!;
      if ((w.accessMask & mask) === 0) continue;
      if (distanceBelow(lo, hi, w.addrLo, w.addrHi, w.bytes) || distanceBelow(w.addrLo, w.addrHi, lo, hi, size)) return true;
    }
    return false;
  }
}

/** Whether 0 <= a - b < limit, modulo 2^64. */
function distanceBelow(aLo: number, aHi: number, bLo: number, bHi: number, limit: number): boolean {
  const borrow = aLo >>> 0 < bLo >>> 0 ? 1 : 0;
  return ((aHi - bHi - borrow) | 0) === 0 && (aLo - bLo) >>> 0 < limit;
}
