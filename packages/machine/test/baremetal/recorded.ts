/** Programs whose output does not depend on time: compared, line by line, with what QEMU printed. */
export const RECORDED: readonly { readonly program: string; readonly cpuModel: string }[] = [
  { program: 'faults', cpuModel: 'cortex-a57' },
  { program: 'faults', cpuModel: 'max' },
  { program: 'nowhere', cpuModel: 'cortex-a57' },
];

/** Bits of a line of `faults` that stand for v0: QEMU loads the first vector of a pair before the second one faults. */
const V0 = 0x60;

/** What we want to see where QEMU printed `line`. */
export function wanted(program: string, line: string): string {
  if (program !== 'faults') return line;
  const fault = /^( {2}[0-9a-f]+ [0-9a-f]+) ([0-9a-f]+)$/.exec(line);
  return fault === null ? line : `${fault[1]} ${(parseInt(fault[2]!, 16) & ~V0).toString(16)}`;
}

/** Lines that differ from QEMU's where the difference is known and open; compared again when the entry goes. */
export const OPEN: readonly { readonly program: string; readonly line: RegExp; readonly why: string }[] = [
];
