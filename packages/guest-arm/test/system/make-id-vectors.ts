/**
 * Makes id-vectors.json: every system register that exists at EL1 after reset, and its value, read on
 * qemu-system-aarch64. Needs Debian's qemu-system-arm and gcc-aarch64-linux-gnu.
 * Run: node test/system/make-id-vectors.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const encodings: [number, number, number, number, number][] = [];
for (let op0 = 2; op0 <= 3; op0++)
  for (let op1 = 0; op1 < 8; op1++)
    for (let crn = 0; crn < 16; crn++)
      for (let crm = 0; crm < 16; crm++)
        for (let op2 = 0; op2 < 8; op2++) encodings.push([op0, op1, crn, crm, op2]);

const mrs = ([op0, op1, crn, crm, op2]: (typeof encodings)[number]): number =>
  (0xd5300000 | ((op0 - 2) << 19) | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5)) >>> 0;

const asm = `
    .globl _start
_start:
    adr x0, vectors
    msr vbar_el1, x0
    movz x20, #0x0900, lsl #16
${encodings.map((e) => `    mov x10, #0\n    .inst 0x${mrs(e).toString(16)}\n    bl show`).join('\n')}
    movz x0, #0x0008
    movk x0, #0x8400, lsl #16
    hvc #0
    b .
show:
    cbnz x10, 2f
    mov x2, #60
1:  lsr x3, x0, x2
    and x3, x3, #15
    cmp x3, #10
    add x5, x3, #48
    add x6, x3, #87
    csel x3, x5, x6, lt
    strb w3, [x20]
    subs x2, x2, #4
    b.ge 1b
    b 3f
2:  mov w3, #45
    strb w3, [x20]
3:  mov w3, #10
    strb w3, [x20]
    ret
    .balign 2048
vectors:
    .rept 16
    .balign 128
    mov x10, #1
    mrs x11, elr_el1
    add x11, x11, #4
    msr elr_el1, x11
    eret
    .endr
`;

const dir = mkdtempSync(join(tmpdir(), 'id-'));
const elf = join(dir, 'id.elf');
writeFileSync(join(dir, 'id.S'), asm);
execFileSync('aarch64-linux-gnu-gcc', ['-nostdlib', '-static', '-Wl,-Ttext=0x40200000', '-o', elf, join(dir, 'id.S')]);
const vectors: Record<string, Record<string, string>> = {};
for (const model of ['cortex-a57', 'cortex-a53', 'cortex-a72', 'max']) {
  const text = execFileSync('qemu-system-aarch64', ['-M', 'virt', '-cpu', model, '-nographic', '-kernel', elf], {
    timeout: 20_000,
    encoding: 'latin1',
    maxBuffer: 1 << 24,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = text.trim().split(/\s+/);
  if (lines.length !== encodings.length) throw new Error(`${model}: ${lines.length} results, expected ${encodings.length}`);
  const found: Record<string, string> = {};
  encodings.forEach((e, i) => {
    if (lines[i] !== '-') found[e.join(' ')] = lines[i]!.replace(/^0+(?=.)/, '');
  });
  vectors[model] = found;
  console.log(`${model}: ${Object.keys(found).length} registers`);
}
writeFileSync(join(import.meta.dirname, 'id-vectors.json'), `${JSON.stringify(vectors, null, 1)}\n`);
