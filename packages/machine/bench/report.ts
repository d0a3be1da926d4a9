/** One measured figure and the bar it has to clear. */
export interface Figure {
  readonly what: string;
  /** As printed, with unit; `-` where there is nothing to compare with. */
  readonly ours: string;
  readonly theirs: string;
  /** Compared with the bar; undefined where it could not be measured. */
  readonly value: number | undefined;
  readonly unit: string;
  readonly bar: { readonly kind: 'at most' | 'at least' | 'under'; readonly value: number } | undefined;
}

/** Whether the figure clears its bar; undefined when one of them is missing. */
export function passes({ value, bar }: Figure): boolean | undefined {
  if (value === undefined || bar === undefined) return undefined;
  return bar.kind === 'at least' ? value >= bar.value : bar.kind === 'under' ? value < bar.value : value <= bar.value;
}

/** An aligned table: text columns left, numbers right. */
export function table(figures: readonly Figure[], theirName: string): string {
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
  const rows = [
    ['', 'mttcg', theirName, 'figure', 'bar', ''],
    ...figures.map((f) => [
      f.what, f.ours, f.theirs, f.value === undefined ? '-' : `${number(f.value)}${f.unit}`,
      f.bar === undefined ? '' : `${f.bar.kind} ${f.bar.value}${f.unit}`, { true: 'ok', false: 'MISSED', undefined: '' }[`${passes(f)}`],
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 || column >= 4 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n');
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
