/**
 * The demo guest: a bare-metal program for the board `virt`. CPU 0 starts all others by PSCI; every CPU turns its MMU on,
 * reports on the PL011, takes a contended lock `rounds` times to count up a plain variable, counts primes among its
 * share of the odd numbers, and prints what it found. CPU 0 waits for all, prints the totals and powers off.
 *
 * Registers that hold through a CPU's life: x19 its number, x20 base of the data, x21 its primes, x22 number of CPUs.
 */
import { Assembler, SP, w, WZR, x, XZR } from './asm.ts';
import { elfExecutable } from './elf.ts';

/** How much work the guest does. */
export interface DemoOptions {
  /** Times that each CPU takes the lock. Up to 65535. */
  readonly rounds?: number;
  /** Primes below this are counted. Even, up to 2^31. */
  readonly primesBelow?: number;
}

const ORIGIN = 0x4008_0000;
const UART = 0x0900_0000;
const UART_FR = 0x18;
const UART_TX_FULL_BIT = 5;

/** PSCI function numbers (Arm DEN 0022). */
const CPU_ON = 0xc400_0003;
const CPU_OFF = 0x8400_0002;
const SYSTEM_OFF = 0x8400_0008;

const MAX_CPUS = 8;
const STACK_BYTES = 4096;

/** Variables, each in a cache line of its own, by their distance from x20. */
const VAR = { printLock: 0, countLock: 64, counter: 128, cpus: 192, done: 256, primes: 320 } as const;
const VAR_BYTES = 384;

/** Stage 1 attributes: MAIR index 0 device, 1 write-back; block descriptors of 1 GiB, inner shareable, access flag set. */
const MAIR = 0xff00n;
const DEVICE_BLOCK = 0x0060_0000_0000_0401n;
const NORMAL_BLOCK = 0x0000_0000_4000_0705n;
/** 4 GiB from address 0, 4 KiB granule, write-back inner-shareable walks, no TTBR1. */
const TCR = 32n | (1n << 8n) | (1n << 10n) | (3n << 12n) | (1n << 23n);
/** SCTLR_EL1 M, C and I over its reserved-one bits. */
const SCTLR = 0x30d0_1805n;

/** The guest as an ELF file; it finds out by itself how many CPUs there are. */
export function demoGuest(options: DemoOptions = {}): Uint8Array {
  const rounds = options.rounds ?? 5000;
  const limit = options.primesBelow ?? 50_000;
  const a = new Assembler(ORIGIN);
  emitStart(a);
  emitWorker(a, rounds, limit);
  emitEnd(a, rounds, limit);
  emitCountPrimes(a, limit);
  emitLocks(a);
  emitPrinting(a);
  emitData(a);
  return elfExecutable(ORIGIN, a.finish(), MAX_CPUS * STACK_BYTES);
}

/** CPU 0's entry, and the others', who get their number in x0. */
function emitStart(a: Assembler): void {
  a.label('start').mov(x(19), XZR).bl('setup');
  print(a, 'banner');
  // CPU_ON of 1, 2, ... until there is no such CPU
  a.movImm(w(22), 1).label('next_cpu');
  a.movImm(x(0), CPU_ON).mov(x(1), x(22)).adr(x(2), 'secondary').mov(x(3), x(22)).hvc();
  a.cbnz(x(0), 'all_on');
  a.add(x(22), x(22), 1).cmp(x(22), MAX_CPUS).bcond('lo', 'next_cpu');
  // release: a CPU that reads the number also sees the cleared variables
  a.label('all_on').add(x(0), x(20), VAR.cpus).stlr(x(22), x(0)).sev().b('worker');

  a.label('secondary').mov(x(19), x(0)).bl('setup').b('worker');

  // stack and MMU of the CPU x19
  a.label('setup').adr(x(20), 'data').adr(x(0), 'stacks').add(x(1), x(19), 1);
  a.add(x(0), x(0), x(1), 'lsl', Math.log2(STACK_BYTES)).mov(SP, x(0));
  a.movImm(x(0), MAIR).msr('mair_el1', x(0)).movImm(x(0), TCR).msr('tcr_el1', x(0));
  a.adr(x(0), 'page_table').msr('ttbr0_el1', x(0)).sys('tlbi_vmalle1').dsb('nsh').isb();
  a.movImm(x(0), SCTLR).msr('sctlr_el1', x(0)).isb().ret();
}

function emitWorker(a: Assembler, rounds: number, limit: number): void {
  a.label('worker');
  a.add(x(0), x(20), VAR.cpus);
  a.label('wait_cpus').ldar(x(22), x(0)).cbnz(x(22), 'go').wfe().b('wait_cpus');
  a.label('go');
  lock(a, VAR.printLock);
  print(a, 'cpu').mov(x(0), x(19)).bl('print_number');
  print(a, 'is_up');
  unlock(a, VAR.printLock);

  a.movImm(w(23), rounds).label('round');
  lock(a, VAR.countLock);
  a.ldr(x(0), { base: x(20), offset: VAR.counter }).add(x(0), x(0), 1).str(x(0), { base: x(20), offset: VAR.counter });
  unlock(a, VAR.countLock);
  a.subs(w(23), w(23), 1).bcond('ne', 'round');

  a.bl('count_primes').mov(x(21), x(0));
  lock(a, VAR.printLock);
  print(a, 'cpu').mov(x(0), x(19)).bl('print_number');
  print(a, 'found').mov(x(0), x(21)).bl('print_number');
  print(a, 'primes_of').movImm(x(0), limit).bl('print_number');
  print(a, 'newline');
  unlock(a, VAR.printLock);

  // total and number of finished CPUs, without a lock
  a.add(x(1), x(20), VAR.primes);
  a.label('add_total').ldxr(x(0), x(1)).add(x(0), x(0), x(21)).stxr(w(2), x(0), x(1)).cbnz(w(2), 'add_total');
  a.add(x(1), x(20), VAR.done);
  a.label('add_done').ldaxr(x(0), x(1)).add(x(0), x(0), 1).stlxr(w(2), x(0), x(1)).cbnz(w(2), 'add_done').sev();
  a.cbz(x(19), 'finish');
  a.movImm(x(0), CPU_OFF).hvc().label('off').wfi().b('off');
}

function emitEnd(a: Assembler, rounds: number, limit: number): void {
  a.label('finish').add(x(1), x(20), VAR.done);
  a.label('wait_done').ldar(x(0), x(1)).cmp(x(0), x(22)).bcond('eq', 'all_done').wfe().b('wait_done');
  a.label('all_done').mov(x(0), x(22)).bl('print_number');
  print(a, 'cpus_counted').ldr(x(0), { base: x(20), offset: VAR.counter }).bl('print_number');
  print(a, 'of').movImm(x(0), rounds).mul(x(0), x(0), x(22)).bl('print_number');
  print(a, 'times_and').ldr(x(0), { base: x(20), offset: VAR.primes }).bl('print_number');
  print(a, 'primes_below').movImm(x(0), limit).bl('print_number');
  a.ldr(x(0), { base: x(20), offset: VAR.counter }).movImm(x(1), rounds).mul(x(1), x(1), x(22));
  a.adr(x(2), 'wrong').adr(x(3), 'right').cmp(x(0), x(1)).csel(x(0), x(3), x(2), 'eq').bl('print');
  a.movImm(x(0), SYSTEM_OFF).hvc().label('hang').wfi().b('hang');
}

/** x0 = primes among the odd numbers 3 + 2 * (x19 + k * x22) below the limit; CPU 0 adds the prime 2. */
function emitCountPrimes(a: Assembler, limit: number): void {
  a.label('count_primes').movImm(w(9), limit).cmp(x(19), 0).cset(x(0), 'eq');
  a.add(w(1), WZR, w(19), 'lsl', 1).add(w(1), w(1), 3);
  a.label('candidate').cmp(w(1), w(9)).bcond('hs', 'counted');
  a.movImm(w(2), 3);
  a.label('divisor').mul(w(3), w(2), w(2)).cmp(w(3), w(1)).bcond('hi', 'is_prime');
  a.udiv(w(4), w(1), w(2)).msub(w(4), w(4), w(2), w(1)).cbz(w(4), 'next_candidate');
  a.add(w(2), w(2), 2).b('divisor');
  a.label('is_prime').add(x(0), x(0), 1);
  a.label('next_candidate').add(w(1), w(1), w(22), 'lsl', 1).b('candidate');
  a.label('counted').ret();
}

/** Spinlock at x0, with the event register: the unlocking store clears the exclusive monitors of those who wait. */
function emitLocks(a: Assembler): void {
  a.label('lock').movImm(w(1), 1).sevl();
  a.label('lock_wait').wfe();
  a.label('lock_try').ldaxr(w(2), x(0)).cbnz(w(2), 'lock_wait').stxr(w(2), w(1), x(0)).cbnz(w(2), 'lock_try').ret();
}

function lock(a: Assembler, variable: number): void {
  a.add(x(0), x(20), variable).bl('lock');
}

function unlock(a: Assembler, variable: number): void {
  a.add(x(0), x(20), variable).stlr(WZR, x(0));
}

function print(a: Assembler, text: string): Assembler {
  return a.adr(x(0), text).bl('print');
}

function emitPrinting(a: Assembler): void {
  // text at x0
  a.label('print').movImm(x(1), UART);
  a.label('print_next').ldrb(w(2), { base: x(0), post: 1 }).cbz(w(2), 'print_end');
  a.label('uart_full').ldr(w(3), { base: x(1), offset: UART_FR }).tbnz(w(3), UART_TX_FULL_BIT, 'uart_full');
  a.str(w(2), { base: x(1) }).b('print_next');
  a.label('print_end').ret();

  // x0 in decimal, its digits made from the last one back on the stack
  a.label('print_number').stp(x(29), x(30), { base: SP, pre: -48 }).add(x(4), SP, 47).strb(WZR, { base: x(4) }).movImm(x(5), 10);
  a.label('digit').udiv(x(6), x(0), x(5)).msub(x(7), x(6), x(5), x(0)).add(w(7), w(7), 0x30).strb(w(7), { base: x(4), pre: -1 });
  a.mov(x(0), x(6)).cbnz(x(0), 'digit');
  a.mov(x(0), x(4)).bl('print').ldp(x(29), x(30), { base: SP, post: 48 }).ret();
}

function emitData(a: Assembler): void {
  const texts: Record<string, string> = {
    banner: 'mttcg demo: a bare-metal guest on the board virt\n',
    cpu: 'cpu ', is_up: ' is up\n', found: ' found ', primes_of: ' primes in its share below ', newline: '\n',
    cpus_counted: ' CPUs: counted to ', of: ' of ', times_and: ' under the lock, ', primes_below: ' primes below ',
    right: ': all right\n', wrong: ': increments were LOST\n',
  };
  for (const [name, text] of Object.entries(texts)) a.label(name).asciz(text);
  a.align(4096).label('page_table').dword(DEVICE_BLOCK).dword(NORMAL_BLOCK).space(16);
  a.align(64).label('data').space(VAR_BYTES).align(STACK_BYTES).label('stacks');
}
