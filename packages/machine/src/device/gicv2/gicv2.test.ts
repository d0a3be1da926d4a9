import { beforeEach, describe, expect, it } from 'vitest';
import { makeHeap, makeLog } from '../testing/harness.ts';
import type { TestLog } from '../testing/harness.ts';
import { GICC, GICD, GICV2_STATE_SIZE, GicV2 } from './index.ts';

const CPUS = 4;
const UART_SPI = 1;
const UART = 32 + UART_SPI;
const TIMER = 27;
const SPURIOUS = 1023;

/** What a driver does on one CPU. */
class Driver {
  readonly irq = new Array<number>(CPUS).fill(0);
  readonly fiq = new Array<number>(CPUS).fill(0);
  readonly log: TestLog = makeLog();
  readonly gic: GicV2;
  changes = 0;
  cpu = 0;

  constructor(cpus = CPUS) {
    this.gic = new GicV2({ heap: makeHeap(), base: 4096 }, {
      cpus,
      currentCpu: () => this.cpu,
      log: this.log,
      irqOut: (cpu, level) => { this.irq[cpu] = level; this.changes++; },
      fiqOut: (cpu, level) => { this.fiq[cpu] = level; this.changes++; },
    });
    this.gic.reset();
  }

  d(offset: number): number { return this.gic.distributor.read(offset, 4); }
  setD(offset: number, value: number): void { this.gic.distributor.write(offset, 4, value >>> 0); }
  c(offset: number): number { return this.gic.cpuInterface.read(offset, 4); }
  setC(offset: number, value: number): void { this.gic.cpuInterface.write(offset, 4, value >>> 0); }

  enable(intid: number): void { this.setD(GICD.ISENABLER + (intid >>> 5) * 4, 1 << (intid & 31)); }
  priority(intid: number, value: number): void { this.gic.distributor.write(GICD.IPRIORITYR + intid, 1, value); }
  target(intid: number, mask: number): void { this.gic.distributor.write(GICD.ITARGETSR + intid, 1, mask); }
  edge(intid: number): void {
    const at = GICD.ICFGR + (intid >>> 4) * 4;
    this.setD(at, this.d(at) | (2 << ((intid & 15) * 2)));
  }
  bit(base: number, intid: number): number { return (this.d(base + (intid >>> 5) * 4) >>> (intid & 31)) & 1; }

  /** As Linux starts it: everything on, one priority. */
  start(): void {
    this.setD(GICD.CTLR, 1);
    for (this.cpu = 0; this.cpu < CPUS; this.cpu++) {
      this.setC(GICC.PMR, 0xf0);
      this.setC(GICC.CTLR, 1);
      for (let i = 0; i < 32; i++) this.priority(i, 0xa0);
    }
    this.cpu = 0;
    for (let i = 32; i < 288; i++) {
      this.priority(i, 0xa0);
      this.target(i, 1);
    }
  }
}

let d: Driver;
beforeEach(() => {
  d = new Driver();
  d.start();
});

describe('identification', () => {
  it('says what it is', () => {
    expect(d.d(GICD.TYPER)).toBe(8 | ((CPUS - 1) << 5));
    expect(d.d(0xfe8) & 0xf0).toBe(0x20); // PIDR2.ArchRev: GICv2
    expect([0xff0, 0xff4, 0xff8, 0xffc].map((at) => d.d(at))).toEqual([0x0d, 0xf0, 0x05, 0xb1]);
    expect(d.c(GICC.IIDR) >>> 16 & 0xf).toBe(2);
  });

  it('has SGIs that are always enabled and edge-triggered', () => {
    d.setD(GICD.ICENABLER, 0xffffffff);
    expect(d.d(GICD.ISENABLER)).toBe(0xffff);
    d.setD(GICD.ICFGR, 0);
    expect(d.d(GICD.ICFGR)).toBe(0xaaaaaaaa);
  });

  it('shows each CPU its own target mask for private interrupts', () => {
    d.cpu = 2;
    expect(d.d(GICD.ITARGETSR)).toBe(0x04040404);
    d.setD(GICD.ITARGETSR, 0xffffffff);
    expect(d.d(GICD.ITARGETSR)).toBe(0x04040404);
    d.target(40, 0xff);
    expect(d.gic.distributor.read(GICD.ITARGETSR + 40, 1) & 0xff).toBe(0x0f);
  });

  it('has no targets with one CPU', () => {
    const one = new Driver(1);
    one.setD(GICD.ITARGETSR + 32, 0x01010101);
    expect(one.d(GICD.ITARGETSR + 32)).toBe(0);
    one.setD(GICD.CTLR, 1);
    one.setC(GICC.CTLR, 1);
    one.setC(GICC.PMR, 0xff);
    one.enable(UART);
    one.gic.setSpi(UART_SPI, 1);
    expect(one.irq[0]).toBe(1);
  });
});

describe('shared peripheral interrupts', () => {
  it('takes a level interrupt from line to end', () => {
    d.enable(UART);
    d.gic.setSpi(UART_SPI, 1);
    expect(d.irq).toEqual([1, 0, 0, 0]);
    expect(d.bit(GICD.ISPENDR, UART)).toBe(1);
    expect(d.c(GICC.HPPIR)).toBe(UART);
    expect(d.c(GICC.IAR)).toBe(UART);
    expect(d.irq[0]).toBe(0);
    expect(d.c(GICC.RPR)).toBe(0xa0);
    expect(d.bit(GICD.ISACTIVER, UART)).toBe(1);
    // Still asserted, so pending and active; it does not interrupt again before its end.
    expect(d.bit(GICD.ISPENDR, UART)).toBe(1);
    expect(d.c(GICC.IAR)).toBe(SPURIOUS);
    d.setC(GICC.EOIR, UART);
    expect(d.irq[0]).toBe(1);
    d.gic.setSpi(UART_SPI, 0);
    expect(d.irq[0]).toBe(0);
    expect(d.c(GICC.IAR)).toBe(SPURIOUS);
    expect(d.c(GICC.RPR)).toBe(0xff);
  });

  it('remembers an edge and not a level', () => {
    d.edge(50);
    d.enable(50);
    d.enable(51);
    for (const spi of [18, 19]) {
      d.gic.setSpi(spi, 1);
      d.gic.setSpi(spi, 0);
    }
    expect(d.c(GICC.IAR)).toBe(50);
    expect(d.bit(GICD.ISPENDR, 50)).toBe(0);
    // A second edge while active makes it pending again.
    d.gic.setSpi(18, 1);
    expect(d.irq[0]).toBe(0);
    d.setC(GICC.EOIR, 50);
    expect(d.c(GICC.IAR)).toBe(50);
    d.setC(GICC.EOIR, 50);
    // The line is still high: no new edge.
    expect(d.c(GICC.IAR)).toBe(SPURIOUS);
  });

  it('waits for enable, distributor, CPU interface and mask', () => {
    d.gic.setSpi(UART_SPI, 1);
    expect(d.irq[0]).toBe(0);
    d.enable(UART);
    expect(d.irq[0]).toBe(1);
    d.setD(GICD.CTLR, 0);
    expect(d.irq[0]).toBe(0);
    d.setD(GICD.CTLR, 1);
    d.setC(GICC.CTLR, 0);
    expect(d.irq[0]).toBe(0);
    expect(d.c(GICC.IAR)).toBe(SPURIOUS);
    d.setC(GICC.CTLR, 1);
    d.setC(GICC.PMR, 0xa0);
    expect(d.irq[0]).toBe(0);
    d.setC(GICC.PMR, 0xa1);
    expect(d.irq[0]).toBe(1);
    d.setD(GICD.ICENABLER + 4, 1 << (UART & 31));
    expect(d.irq[0]).toBe(0);
  });

  it('goes to the targets, and to one CPU of several', () => {
    d.enable(UART);
    d.target(UART, 0b1010);
    d.gic.setSpi(UART_SPI, 1);
    expect(d.irq).toEqual([0, 1, 0, 1]);
    d.cpu = 3;
    expect(d.c(GICC.IAR)).toBe(UART);
    expect(d.irq).toEqual([0, 0, 0, 0]);
    d.cpu = 1;
    expect(d.c(GICC.IAR)).toBe(SPURIOUS);
    d.cpu = 3;
    d.setC(GICC.EOIR, UART);
    expect(d.irq).toEqual([0, 1, 0, 1]);
    d.target(UART, 0b0001);
    expect(d.irq).toEqual([1, 0, 0, 0]);
  });

  it('reaches the last of the 288 lines', () => {
    d.enable(287);
    d.gic.setSpi(255, 1);
    expect(d.c(GICC.IAR)).toBe(287);
    expect(() => d.gic.setSpi(256, 1)).toThrow(RangeError);
  });

  it('lets software make one pending and unpending', () => {
    d.enable(60);
    d.setD(GICD.ISPENDR + 4, 1 << 28);
    expect(d.irq[0]).toBe(1);
    d.setD(GICD.ICPENDR + 4, 1 << 28);
    expect(d.irq[0]).toBe(0);
    // What the line says stays.
    d.gic.setSpi(28, 1);
    d.setD(GICD.ICPENDR + 4, 1 << 28);
    expect(d.bit(GICD.ISPENDR, 60)).toBe(1);
  });
});

describe('priorities', () => {
  it('takes the highest first and the lowest id among equals', () => {
    for (const spi of [3, 9, 5]) {
      d.enable(32 + spi);
      d.gic.setSpi(spi, 1);
    }
    d.priority(41, 0x20);
    expect([d.c(GICC.IAR), d.c(GICC.RPR)]).toEqual([41, 0x20]);
    d.setC(GICC.EOIR, 41);
    d.gic.setSpi(9, 0);
    expect(d.c(GICC.IAR)).toBe(35);
    expect(d.c(GICC.IAR)).toBe(SPURIOUS);
  });

  it('nests, and comes back to the outer priority', () => {
    d.enable(40);
    d.enable(41);
    d.priority(41, 0x40);
    d.gic.setSpi(8, 1);
    expect(d.c(GICC.IAR)).toBe(40);
    d.gic.setSpi(9, 1);
    expect(d.irq[0]).toBe(1);
    expect(d.c(GICC.IAR)).toBe(41);
    expect(d.c(GICC.RPR)).toBe(0x40);
    d.gic.setSpi(9, 0);
    d.setC(GICC.EOIR, 41);
    expect(d.c(GICC.RPR)).toBe(0xa0);
    d.setC(GICC.EOIR, 40);
    expect(d.c(GICC.RPR)).toBe(0xff);
  });

  it('preempts by group priority only', () => {
    d.setC(GICC.BPR, 6); // the top bit decides
    d.enable(40);
    d.enable(41);
    d.priority(41, 0x80);
    d.gic.setSpi(8, 1);
    expect(d.c(GICC.IAR)).toBe(40);
    expect(d.c(GICC.RPR)).toBe(0x80);
    d.gic.setSpi(9, 1);
    expect(d.irq[0]).toBe(0);
    d.priority(41, 0x7f);
    expect(d.irq[0]).toBe(1);
  });
});

describe('software-generated interrupts', () => {
  it('carries the sender and keeps senders apart', () => {
    d.cpu = 1;
    d.setD(GICD.SGIR, (0b0101 << 16) | 7);
    d.cpu = 3;
    d.setD(GICD.SGIR, (0b0001 << 16) | 7);
    expect(d.irq).toEqual([1, 0, 1, 0]);
    d.cpu = 0;
    expect(d.d(GICD.CPENDSGIR + 4) >>> 24).toBe(0b1010);
    expect(d.c(GICC.IAR)).toBe(7 | (1 << 10));
    expect(d.irq[0]).toBe(0);
    d.setC(GICC.EOIR, 7 | (1 << 10));
    expect(d.c(GICC.IAR)).toBe(7 | (3 << 10));
    d.setC(GICC.EOIR, 7 | (3 << 10));
    expect(d.c(GICC.IAR)).toBe(SPURIOUS);
  });

  it('knows all-but-self and self', () => {
    d.cpu = 2;
    d.setD(GICD.SGIR, (1 << 24) | (0xff << 16) | 1);
    expect(d.irq).toEqual([1, 1, 0, 1]);
    d.setD(GICD.SGIR, (2 << 24) | 2);
    expect(d.c(GICC.IAR)).toBe(2 | (2 << 10));
  });

  it('can be taken back and set by hand', () => {
    d.gic.distributor.write(GICD.SPENDSGIR + 5, 1, 0b0110);
    expect(d.irq[0]).toBe(1);
    expect(d.d(GICD.ISPENDR)).toBe(1 << 5);
    d.gic.distributor.write(GICD.CPENDSGIR + 5, 1, 0b0010);
    expect(d.c(GICC.HPPIR)).toBe(5 | (2 << 10));
    d.setD(GICD.ICPENDR, 0xffffffff);
    expect(d.irq[0]).toBe(1);
    d.setD(GICD.CPENDSGIR + 4, 0xffffffff);
    expect(d.irq[0]).toBe(0);
  });
});

describe('private peripheral interrupts', () => {
  it('belongs to one CPU', () => {
    for (d.cpu = 0; d.cpu < CPUS; d.cpu++) d.enable(TIMER);
    d.gic.setPpi(2, TIMER, 1);
    expect(d.irq).toEqual([0, 0, 1, 0]);
    d.cpu = 2;
    expect(d.c(GICC.IAR)).toBe(TIMER);
    d.cpu = 1;
    expect(d.bit(GICD.ISACTIVER, TIMER)).toBe(0);
    d.gic.setPpi(1, TIMER, 1);
    expect(d.c(GICC.IAR)).toBe(TIMER);
  });

  it('calls the output only when it changes', () => {
    d.enable(TIMER);
    d.gic.setPpi(0, TIMER, 1);
    const { changes } = d;
    d.gic.setPpi(0, TIMER, 1);
    d.enable(TIMER);
    d.setC(GICC.PMR, 0xf0);
    expect(d.changes).toBe(changes);
  });
});

describe('groups and EOI mode', () => {
  it('signals group 0 as FIQ on request, and group 1 as IRQ', () => {
    d.setD(GICD.CTLR, 3);
    d.setC(GICC.CTLR, 3 | (1 << 3));
    d.enable(40);
    d.enable(41);
    d.setD(GICD.IGROUPR + 4, 1 << (41 & 31));
    d.gic.setSpi(8, 1);
    expect([d.irq[0], d.fiq[0]]).toEqual([0, 1]);
    d.gic.setSpi(8, 0);
    d.gic.setSpi(9, 1);
    expect([d.irq[0], d.fiq[0]]).toEqual([1, 0]);
    expect(d.c(GICC.IAR)).toBe(1022);
    expect(d.c(GICC.AHPPIR)).toBe(41);
    expect(d.c(GICC.AIAR)).toBe(41);
    d.setC(GICC.AEOIR, 41);
    d.gic.setSpi(9, 0);
    expect(d.c(GICC.AIAR)).toBe(SPURIOUS);
  });

  it('acknowledges group 1 through IAR with AckCtl', () => {
    d.setD(GICD.CTLR, 3);
    d.setC(GICC.CTLR, 3 | (1 << 2));
    d.setD(GICD.IGROUPR + 4, 0xffffffff);
    d.enable(41);
    d.gic.setSpi(9, 1);
    expect(d.c(GICC.IAR)).toBe(41);
    expect(d.c(GICC.NSAPR0 + 8)).not.toBe(0);
    d.setC(GICC.EOIR, 41);
    expect(d.c(GICC.NSAPR0 + 8)).toBe(0);
  });

  it('splits priority drop and deactivation', () => {
    d.setC(GICC.CTLR, 1 | (1 << 9));
    d.enable(UART);
    d.gic.setSpi(UART_SPI, 1);
    expect(d.c(GICC.IAR)).toBe(UART);
    d.setC(GICC.EOIR, UART);
    expect(d.c(GICC.RPR)).toBe(0xff);
    expect([d.bit(GICD.ISACTIVER, UART), d.irq[0]]).toEqual([1, 0]);
    d.setC(GICC.DIR, UART);
    expect([d.bit(GICD.ISACTIVER, UART), d.irq[0]]).toEqual([0, 1]);
  });
});

describe('what correct drivers do not do', () => {
  it('survives any access', () => {
    let seed = 12345;
    const random = (n: number): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
    for (let i = 0; i < 20000; i++) {
      d.cpu = random(CPUS);
      const size = ([1, 2, 4] as const)[random(3)];
      const window = random(2) === 0 ? d.gic.distributor : d.gic.cpuInterface;
      const offset = Math.floor(random(0x1010) / size) * size;
      if (random(3) === 0) window.read(offset, size);
      else window.write(offset, size, random(2 ** 31) & (size === 4 ? -1 : (1 << (size * 8)) - 1));
    }
    d.gic.reset();
    expect([d.irq, d.fiq]).toEqual([[0, 0, 0, 0], [0, 0, 0, 0]]);
    expect(d.d(GICD.ISENABLER)).toBe(0xffff);
  });

  it('says so in the log', () => {
    d.setC(GICC.EOIR, 40);
    d.setC(GICC.EOIR, SPURIOUS);
    expect(d.log.lines).toEqual(['error gicv2-cpu: end of interrupt 40, which is not active']);
  });

  it('keeps to its block of state', () => {
    expect(GICV2_STATE_SIZE).toBeLessThan(4096);
  });
});
