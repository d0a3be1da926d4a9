/**
 * Makes exceptions.bin (exceptions.S assembled) and exceptions.txt (what it prints on qemu-system-aarch64). Needs
 * Debian's qemu-system-arm and gcc-aarch64-linux-gnu. Run: node test/system/make-exception-vectors.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dir = mkdtempSync(join(tmpdir(), 'exceptions-'));
const here = import.meta.dirname;
const elf = join(dir, 'a.elf');
execFileSync('aarch64-linux-gnu-gcc', [
  '-nostdlib', '-static', '-Wl,--build-id=none', '-Wl,-Ttext=0x40200000', '-o', elf, join(here, 'exceptions.S'),
]);
execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', elf, join(here, 'exceptions.bin')]);
const text = execFileSync('qemu-system-aarch64', ['-M', 'virt', '-cpu', 'cortex-a57', '-m', '128', '-nographic', '-kernel', elf], {
  timeout: 20_000,
  encoding: 'latin1',
  stdio: ['ignore', 'pipe', 'inherit'],
});
writeFileSync(join(here, 'exceptions.txt'), text.replace(/[ \r]+\n/g, '\n'));
