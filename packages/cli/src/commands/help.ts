import { KEYS_HELP } from '../console/keys.ts';
import type { OptionRow } from '../options/table.ts';

const TERM_WIDTH = 34;

/** Exit status of run and demo. */
export const STATUS_HELP = `Exit status:
  0    the guest powered off (or rebooted, with -no-reboot), or was ended by Ctrl-A x or the monitor's quit
  1    bad input, or an error of the emulator
  2    the guest crashed in a way that stops the machine
  128+n  ended by signal n
`;

/** Ctrl-A keys, as help text. */
export const CONSOLE_HELP = `Keys on the console (when standard input is a terminal):
${KEYS_HELP.replace(/^/gm, '  ').trimEnd()}
Ctrl-C and all other keys go to the guest.
`;

/** Options in groups, one per line, wrapped at `width` columns. */
export function optionsHelp(rows: readonly OptionRow[], width = 110): string {
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
