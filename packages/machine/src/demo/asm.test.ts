import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Assembler, SP, w, WZR, x } from './asm.ts';
import { encodeBitmask } from './bitmask.ts';

/** Instruction as GNU as writes it, the word that GNU as made of it, our call. The label l lies 8 bytes before. */
const VECTORS: readonly (readonly [string, number, (a: Assembler) => Assembler])[] = [
  ['movz x1, #0x1234, lsl #16', 0xd2a24681, (a) => a.movz(x(1), 0x1234, 16)],
  ['movn w2, #5', 0x128000a2, (a) => a.movn(w(2), 5)],
  ['movk x30, #0xffff, lsl #48', 0xf2fffffe, (a) => a.movk(x(30), 0xffff, 48)],
  ['mov x3, x4', 0xaa0403e3, (a) => a.mov(x(3), x(4))],
  ['mov w3, wzr', 0x2a1f03e3, (a) => a.mov(w(3), WZR)],
  ['mov sp, x5', 0x910000bf, (a) => a.mov(SP, x(5))],
  ['add x0, x1, #0xfff', 0x913ffc20, (a) => a.add(x(0), x(1), 0xfff)],
  ['add x0, sp, #0x5000', 0x914017e0, (a) => a.add(x(0), SP, 0x5000)],
  ['adds w0, w1, w2, lsl #3', 0x2b020c20, (a) => a.adds(w(0), w(1), w(2), 'lsl', 3)],
  ['sub sp, sp, #32', 0xd10083ff, (a) => a.sub(SP, SP, 32)],
  ['subs x7, x8, x9, asr #63', 0xeb89fd07, (a) => a.subs(x(7), x(8), x(9), 'asr', 63)],
  ['cmp w1, #7', 0x71001c3f, (a) => a.cmp(w(1), 7)],
  ['cmp x1, x2', 0xeb02003f, (a) => a.cmp(x(1), x(2))],
  ['and x1, x2, #0xff00ff00ff00ff00', 0x92089c41, (a) => a.and(x(1), x(2), 0xff00ff00ff00ff00n)],
  ['and w1, w2, #1', 0x12000041, (a) => a.and(w(1), w(2), 1)],
  ['and x1, x2, #0x8000000000000001', 0x92410441, (a) => a.and(x(1), x(2), 0x8000000000000001n)],
  ['orr x1, x2, x3', 0xaa030041, (a) => a.orr(x(1), x(2), x(3))],
  ['orr w1, w2, #0x55555555', 0x3200f041, (a) => a.orr(w(1), w(2), 0x55555555)],
  ['eor x1, x2, #0xfffffffffffffffe', 0xd27ff841, (a) => a.eor(x(1), x(2), -2n)],
  ['ands w4, w5, w6', 0x6a0600a4, (a) => a.ands(w(4), w(5), w(6))],
  ['tst x1, #0x3c', 0xf27e0c3f, (a) => a.tst(x(1), 0x3c)],
  ['bic x1, x2, x3', 0x8a230041, (a) => a.bic(x(1), x(2), x(3))],
  ['lsl x1, x2, #12', 0xd374cc41, (a) => a.lsl(x(1), x(2), 12)],
  ['lsl w1, w2, #0', 0x53007c41, (a) => a.lsl(w(1), w(2), 0)],
  ['lsl x1, x2, x3', 0x9ac32041, (a) => a.lsl(x(1), x(2), x(3))],
  ['lsr w1, w2, #31', 0x531f7c41, (a) => a.lsr(w(1), w(2), 31)],
  ['lsr w1, w2, w3', 0x1ac32441, (a) => a.lsr(w(1), w(2), w(3))],
  ['asr x1, x2, #5', 0x9345fc41, (a) => a.asr(x(1), x(2), 5)],
  ['asr x1, x2, x3', 0x9ac32841, (a) => a.asr(x(1), x(2), x(3))],
  ['ubfx x1, x2, #8, #4', 0xd3482c41, (a) => a.ubfx(x(1), x(2), 8, 4)],
  ['udiv x1, x2, x3', 0x9ac30841, (a) => a.udiv(x(1), x(2), x(3))],
  ['sdiv w1, w2, w3', 0x1ac30c41, (a) => a.sdiv(w(1), w(2), w(3))],
  ['madd x1, x2, x3, x4', 0x9b031041, (a) => a.madd(x(1), x(2), x(3), x(4))],
  ['msub w1, w2, w3, w4', 0x1b039041, (a) => a.msub(w(1), w(2), w(3), w(4))],
  ['mul x1, x2, x3', 0x9b037c41, (a) => a.mul(x(1), x(2), x(3))],
  ['csel x1, x2, x3, ls', 0x9a839041, (a) => a.csel(x(1), x(2), x(3), 'ls')],
  ['cset w1, hi', 0x1a9f97e1, (a) => a.cset(w(1), 'hi')],
  ['ldr x1, [x2, #32760]', 0xf97ffc41, (a) => a.ldr(x(1), { base: x(2), offset: 32760 })],
  ['ldr w1, [sp]', 0xb94003e1, (a) => a.ldr(w(1), { base: SP })],
  ['ldur x1, [x2, #-3]', 0xf85fd041, (a) => a.ldr(x(1), { base: x(2), offset: -3 })],
  ['ldr x1, [x2, #8]!', 0xf8408c41, (a) => a.ldr(x(1), { base: x(2), pre: 8 })],
  ['str x1, [x2], #-16', 0xf81f0441, (a) => a.str(x(1), { base: x(2), post: -16 })],
  ['str w1, [x2, x3]', 0xb8236841, (a) => a.str(w(1), { base: x(2), index: x(3) })],
  ['ldr x1, [x2, x3, lsl #3]', 0xf8637841, (a) => a.ldr(x(1), { base: x(2), index: x(3), scaled: true })],
  ['ldrb w1, [x2, #4095]', 0x397ffc41, (a) => a.ldrb(w(1), { base: x(2), offset: 4095 })],
  ['strb w1, [x2], #1', 0x38001441, (a) => a.strb(w(1), { base: x(2), post: 1 })],
  ['ldrh w1, [x2, #6]', 0x79400c41, (a) => a.ldrh(w(1), { base: x(2), offset: 6 })],
  ['strh w1, [x2, #-2]!', 0x781fec41, (a) => a.strh(w(1), { base: x(2), pre: -2 })],
  ['ldp x29, x30, [sp], #16', 0xa8c17bfd, (a) => a.ldp(x(29), x(30), { base: SP, post: 16 })],
  ['stp x29, x30, [sp, #-16]!', 0xa9bf7bfd, (a) => a.stp(x(29), x(30), { base: SP, pre: -16 })],
  ['ldp w1, w2, [x3, #-256]', 0x29600861, (a) => a.ldp(w(1), w(2), { base: x(3), offset: -256 })],
  ['ldxr x1, [x2]', 0xc85f7c41, (a) => a.ldxr(x(1), x(2))],
  ['ldaxr w1, [sp]', 0x885fffe1, (a) => a.ldaxr(w(1), SP)],
  ['stxr w3, w1, [x2]', 0x88037c41, (a) => a.stxr(w(3), w(1), x(2))],
  ['stlxr w3, x1, [x2]', 0xc803fc41, (a) => a.stlxr(w(3), x(1), x(2))],
  ['ldar x1, [x2]', 0xc8dffc41, (a) => a.ldar(x(1), x(2))],
  ['stlr w1, [x2]', 0x889ffc41, (a) => a.stlr(w(1), x(2))],
  ['clrex', 0xd5033f5f, (a) => a.clrex()],
  ['ldadd x1, x2, [x3]', 0xf8210062, (a) => a.ldadd(x(1), x(2), x(3))],
  ['ldaddal w1, w2, [x3]', 0xb8e10062, (a) => a.ldadd(w(1), w(2), x(3), 'al')],
  ['swpa x1, x2, [x3]', 0xf8a18062, (a) => a.swp(x(1), x(2), x(3), 'a')],
  ['casal w1, w2, [x3]', 0x88e1fc62, (a) => a.cas(w(1), w(2), x(3), 'al')],
  ['casl x1, x2, [x3]', 0xc8a1fc62, (a) => a.cas(x(1), x(2), x(3), 'l')],
  ['br x17', 0xd61f0220, (a) => a.br(x(17))],
  ['blr x8', 0xd63f0100, (a) => a.blr(x(8))],
  ['ret', 0xd65f03c0, (a) => a.ret()],
  ['eret', 0xd69f03e0, (a) => a.eret()],
  ['svc #3', 0xd4000061, (a) => a.svc(3)],
  ['hvc #0', 0xd4000002, (a) => a.hvc()],
  ['brk #0xffff', 0xd43fffe0, (a) => a.brk(0xffff)],
  ['mrs x1, mpidr_el1', 0xd53800a1, (a) => a.mrs(x(1), 'mpidr_el1')],
  ['msr ttbr0_el1, x2', 0xd5182002, (a) => a.msr('ttbr0_el1', x(2))],
  ['mrs x1, cntvct_el0', 0xd53be041, (a) => a.mrs(x(1), 'cntvct_el0')],
  ['msr cntv_cval_el0, x1', 0xd51be341, (a) => a.msr('cntv_cval_el0', x(1))],
  ['mrs x1, s3_5_c15_c2_7', 0xd53df2e1, (a) => a.mrs(x(1), [3, 5, 15, 2, 7])],
  ['msr daifset, #0xf', 0xd5034fdf, (a) => a.daifset(0xf)],
  ['msr daifclr, #2', 0xd50342ff, (a) => a.daifclr(2)],
  ['ic ivau, x1', 0xd50b7521, (a) => a.sys('ic_ivau', x(1))],
  ['ic ialluis', 0xd508711f, (a) => a.sys('ic_ialluis')],
  ['dc cvau, x1', 0xd50b7b21, (a) => a.sys('dc_cvau', x(1))],
  ['dc zva, x1', 0xd50b7421, (a) => a.sys('dc_zva', x(1))],
  ['at s1e0w, x1', 0xd5087861, (a) => a.sys('at_s1e0w', x(1))],
  ['tlbi vmalle1is', 0xd508831f, (a) => a.sys('tlbi_vmalle1is')],
  ['tlbi vae1is, x1', 0xd5088321, (a) => a.sys('tlbi_vae1is', x(1))],
  ['tlbi vale1is, x1', 0xd50883a1, (a) => a.sys('tlbi_vale1is', x(1))],
  ['dmb ish', 0xd5033bbf, (a) => a.dmb()],
  ['dmb oshst', 0xd50332bf, (a) => a.dmb('oshst')],
  ['dsb sy', 0xd5033f9f, (a) => a.dsb('sy')],
  ['isb', 0xd5033fdf, (a) => a.isb()],
  ['nop', 0xd503201f, (a) => a.nop()],
  ['yield', 0xd503203f, (a) => a.yield()],
  ['wfe', 0xd503205f, (a) => a.wfe()],
  ['wfi', 0xd503207f, (a) => a.wfi()],
  ['sev', 0xd503209f, (a) => a.sev()],
  ['sevl', 0xd50320bf, (a) => a.sevl()],
  ['b l', 0x17fffffe, (a) => a.b('l')],
  ['bl l', 0x97fffffe, (a) => a.bl('l')],
  ['b.ge l', 0x54ffffca, (a) => a.bcond('ge', 'l')],
  ['cbz x1, l', 0xb4ffffc1, (a) => a.cbz(x(1), 'l')],
  ['cbnz w1, l', 0x35ffffc1, (a) => a.cbnz(w(1), 'l')],
  ['tbz x1, #63, l', 0xb6ffffc1, (a) => a.tbz(x(1), 63, 'l')],
  ['tbnz w1, #5, l', 0x372fffc1, (a) => a.tbnz(w(1), 5, 'l')],
  ['adr x1, l', 0x10ffffc1, (a) => a.adr(x(1), 'l')],
  ['ldr x1, l', 0x58ffffc1, (a) => a.ldrLiteral(x(1), 'l')],
];

/** The word that a call emits, 8 bytes behind the label l. */
function assemble(emit: (a: Assembler) => Assembler): number {
  const a = new Assembler(0x1000).label('l').space(8);
  const code = emit(a).finish();
  expect(code.length).toBe(12);
  return new DataView(code.buffer).getUint32(8, true);
}

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');

describe('Assembler', () => {
  it.each(VECTORS)('%s', (_, word, emit) => {
    expect(hex(assemble(emit))).toBe(hex(word));
  });

  const as = 'aarch64-linux-gnu-as';
  const missing = spawnSync(as, ['--version']).error !== undefined;
  it.skipIf(missing)(`agrees with ${as} on random operands${missing ? ' (skipped: it is not installed)' : ''}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'mttcg-asm-'));
    try {
      const a = new Assembler(0);
      let text = '.arch armv8.1-a\n';
      let seed = 1;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return (seed >>> 8) % below;
      };
      const emit = (line: string, call: (a: Assembler) => unknown): void => {
        text += `${line}\n`;
        call(a);
      };
      for (let i = 0; i < 300; i++) {
        const [d, n, m] = [random(31), random(31), random(31)];
        const imm = random(4096);
        const bits = random(63);
        const run = ((1n << BigInt(random(63) + 1)) - 1n) << BigInt(bits) & 0xffff_ffff_ffff_ffffn;
        emit(`add x${d}, x${n}, #${imm}`, () => a.add(x(d), x(n), imm));
        emit(`subs w${d}, w${n}, w${m}, lsr #${bits & 31}`, () => a.subs(w(d), w(n), w(m), 'lsr', bits & 31));
        emit(`lsl x${d}, x${n}, #${bits}`, () => a.lsl(x(d), x(n), bits));
        emit(`ldr w${d}, [x${n}, #${imm * 4}]`, () => a.ldr(w(d), { base: x(n), offset: imm * 4 }));
        emit(`orr x${d}, x${n}, #${run}`, () => a.orr(x(d), x(n), run));
        emit(`movk x${d}, #${imm}, lsl #${(m & 3) * 16}`, () => a.movk(x(d), imm, (m & 3) * 16));
        if (d !== n && m !== n && d !== m) emit(`stlxr w${d}, x${m}, [x${n}]`, () => a.stlxr(w(d), x(m), x(n)));
      }
      writeFileSync(join(directory, 'a.s'), text);
      const run = spawnSync(as, ['-o', 'a.o', 'a.s'], { cwd: directory, encoding: 'utf8' });
      expect(run.stderr).toBe('');
      const object = readFileSync(join(directory, 'a.o'));
      // .text follows the 64-byte ELF header in an object of as
      const ours = a.finish();
      expect(Buffer.from(ours).equals(object.subarray(64, 64 + ours.length))).toBe(true);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('makes constants of as few moves as they have parts', () => {
    const words = (value: number | bigint, wide = true): string[] => {
      const code = new Assembler(0).movImm(wide ? x(0) : w(0), value).finish();
      return Array.from(new Uint32Array(code.buffer), hex);
    };
    expect(words(0)).toEqual(['d2800000']);
    expect(words(0x12345678)).toEqual(['d28acf00', 'f2a24680']);
    expect(words(0x1_0000_0000n)).toEqual(['d2c00020']);
    expect(words(-1, false)).toEqual(['529fffe0', '72bfffe0']);
  });

  it('places data and addresses', () => {
    const code = new Assembler(0x4000_0000).bytes([1]).align(8).label('here').address('here').asciz('ab').align(4).word(0xdeadbeef).finish();
    expect([...code]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0x40, 0, 0, 0, 0, 0x61, 0x62, 0, 0, 0xef, 0xbe, 0xad, 0xde]);
  });

  it('refuses what cannot be encoded', () => {
    const a = new Assembler(0);
    expect(() => a.add(x(0), x(1), 0x1001)).toThrow('add');
    expect(() => a.ldr(x(0), { base: x(1), offset: 32768 })).toThrow('ldr');
    expect(() => a.and(x(0), x(1), 5)).toThrow('and: 5 is not a bitmask immediate');
    expect(() => a.b('nowhere').finish()).toThrow('there is no label nowhere');
    expect(() => new Assembler(0).label('a').label('a')).toThrow('twice');
    expect(() => new Assembler(0).tbz(x(0), 1, 'far').space(1 << 16).label('far').finish()).toThrow('far');
  });

  it('encodes exactly the 5334 bitmask immediates of 64 bits', () => {
    const seen = new Set<number>();
    for (let size = 2; size <= 64; size *= 2) {
      for (let ones = 1; ones < size; ones++) {
        for (let rotation = 0; rotation < size; rotation++) {
          const element = (1n << BigInt(ones)) - 1n;
          const all = (1n << BigInt(size)) - 1n;
          const rotated = ((element >> BigInt(rotation)) | (element << BigInt(size - rotation))) & all;
          let value = 0n;
          for (let at = 0; at < 64; at += size) value |= rotated << BigInt(at);
          const code = encodeBitmask(value, true);
          expect(code).toBeDefined();
          seen.add(code!);
        }
      }
    }
    expect(seen.size).toBe(5334);
    expect(encodeBitmask(0n, true)).toBeUndefined();
    expect(encodeBitmask((1n << 64n) - 1n, true)).toBeUndefined();
  });
});
