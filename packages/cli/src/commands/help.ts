import { KEYS_HELP } from '../console/keys.ts';
import { DEMO_OPTIONS, type OptionRow, RUN_OPTIONS } from '../options/table.ts';

const TERM_WIDTH = 34;

const STATUS_HELP = `Exit status:
  0    the guest powered off (or rebooted, with -no-reboot), or was ended by Ctrl-A x or the monitor's quit
  1    bad input, or an error of the emulator
  2    the guest crashed in a way that stops the machine
  128+n  ended by signal n
`;

const CONSOLE_HELP = `Keys on the console (when standard input is a terminal):
${KEYS_HELP.replace(/^/gm, '  ').trimEnd()}
Ctrl-C and all other keys go to the guest.
`;

/** Options in groups, one per line, wrapped at `width` columns. */
function optionsHelp(rows: readonly OptionRow[], width = 110): string {
  let text = '';
  let group = '';
  for (const row of rows) {
    if (row.group !== group) text += `\n${row.group}\n`;
    group = row.group;
    const term = `  -${row.name}${row.value === undefined ? '' : ` ${row.value}`}`;
    const lines = wrap(row.help, width - TERM_WIDTH);
    if (term.length < TERM_WIDTH - 1) text += `${term.padEnd(TERM_WIDTH)}${lines.shift()!}\n`;
    else text += `${term}\n`;
    for (const line of lines) text += `${' '.repeat(TERM_WIDTH)}${line}\n`;
  }
  return text;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** Help of `mttcg run`. */
export function runHelp(): string {
  return `Usage: mttcg run [options]

Boots an Arm machine: QEMU's board "virt" with QEMU's option names.
${optionsHelp(RUN_OPTIONS)}
${CONSOLE_HELP}
${STATUS_HELP}
Examples:
  mttcg run -image debian-arm64 -smp 2 -m 512
  mttcg run -kernel Image -initrd initrd.img -append console=ttyAMA0 -smp 4 -m 1G
  mttcg run -image debian-arm64 -drive file=disk.raw,if=virtio,format=raw -device virtio-rng-device
`;
}

/** Help of `mttcg demo`. */
export function demoHelp(): string {
  return `Usage: mttcg demo [options]

Runs a bare-metal guest that comes with mttcg: all CPUs start each other, fight over a lock, count primes and report on
the serial port; then the machine powers off. Nothing is downloaded.
${optionsHelp(DEMO_OPTIONS)}
${STATUS_HELP}`;
}
