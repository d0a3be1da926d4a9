/** Reads decode tables; the format is described in README.md. */

export interface Field {
  name: string;
  pos: number;
  width: number;
  signed: boolean;
}

export interface Row {
  name: string;
  where: string;
  /** Fixed bits. */
  mask: number;
  value: number;
  /** Should-be bits: set so by the random generator, ignored by the decoder. */
  shouldMask: number;
  shouldValue: number;
  fields: Field[];
  feature: string | undefined;
  unimplemented: boolean;
  avoid: string | undefined;
  asm: { condition: string; text: string }[];
}

const TOKEN = /\([01]\)|[A-Za-z_]\w*:s?\d+|[01.]/y;

export function parseTable(text: string, file: string): Row[] {
  const rows: Row[] = [];
  text.split('\n').forEach((raw, index) => {
    const where = `${file}:${index + 1}`;
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return;
    if (line.startsWith('|')) {
      const last = rows.at(-1);
      const arrow = line.indexOf('=>');
      if (last === undefined || arrow < 0) throw new Error(`${where}: "| condition => text" must follow a row`);
      last.asm.push({ condition: line.slice(1, arrow).trim(), text: line.slice(arrow + 2).trim() });
      return;
    }
    rows.push(parseRow(line, where));
  });
  return rows;
}

function parseRow(line: string, where: string): Row {
  const space = line.search(/\s/);
  const name = line.slice(0, space);
  const at = line.indexOf('@');
  const bits = line.slice(space, at < 0 ? undefined : at);
  const row: Row = {
    name, where, mask: 0, value: 0, shouldMask: 0, shouldValue: 0, fields: [],
    feature: undefined, unimplemented: false, avoid: undefined, asm: [],
  };
  let pos = 32;
  const compact = bits.replaceAll(/\s/g, ' ').trim();
  for (let i = 0; i < compact.length; ) {
    if (compact[i] === ' ') {
      i++;
      continue;
    }
    TOKEN.lastIndex = i;
    const token = TOKEN.exec(compact)?.[0];
    if (token === undefined) throw new Error(`${where}: cannot read "${compact.slice(i)}"`);
    i += token.length;
    if (token === '.') {
      pos--;
    } else if (token.startsWith('(')) {
      pos--;
      row.shouldMask |= 1 << pos;
      if (token[1] === '1') row.shouldValue |= 1 << pos;
    } else if (token.length === 1) {
      pos--;
      row.mask |= 1 << pos;
      if (token === '1') row.value |= 1 << pos;
    } else {
      const [field, size] = token.split(':') as [string, string];
      const signed = size.startsWith('s');
      const width = Number(signed ? size.slice(1) : size);
      pos -= width;
      if (row.fields.some((f) => f.name === field)) throw new Error(`${where}: field ${field} twice`);
      row.fields.push({ name: field, pos, width, signed });
    }
  }
  if (pos !== 0) throw new Error(`${where}: ${name} has ${32 - pos} bits, not 32`);
  if (at >= 0) parseOptions(row, line.slice(at), where);
  return row;
}

function parseOptions(row: Row, text: string, where: string): void {
  const asm = text.indexOf('@asm=');
  if (asm >= 0) {
    row.asm.push({ condition: '', text: text.slice(asm + 5).trim() });
    text = text.slice(0, asm);
  }
  for (const option of text.split(/(?:^|\s)@/).map((s) => s.trim()).filter((s) => s !== '')) {
    if (option === 'unimplemented') row.unimplemented = true;
    else if (option.startsWith('feature=')) row.feature = option.slice(8);
    else if (option.startsWith('avoid=')) row.avoid = option.slice(6);
    else throw new Error(`${where}: unknown option @${option}`);
  }
}

export function popcount(x: number): number {
  let n = 0;
  for (let v = x >>> 0; v !== 0; v = (v & (v - 1)) >>> 0) n++;
  return n;
}

/** Sorts by fixed bits, most first, and reports overlaps that no rule decides. */
export function orderRows(rows: Row[]): Row[] {
  const rank = (r: Row): number => (r.name === 'UNALLOCATED' ? 64 : popcount(r.mask));
  const sorted = [...rows].sort((a, b) => rank(b) - rank(a));
  const errors: string[] = [];
  for (let i = 0; i < sorted.length; i++) {
    for (let j = i + 1; j < sorted.length; j++) {
      const a = sorted[i]!, b = sorted[j]!;
      if (rank(a) !== rank(b)) break;
      if (a.name === 'UNALLOCATED') continue;
      if ((a.mask & b.mask & (a.value ^ b.value)) === 0) errors.push(`${a.where} ${a.name} overlaps ${b.where} ${b.name}`);
    }
  }
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return sorted;
}
