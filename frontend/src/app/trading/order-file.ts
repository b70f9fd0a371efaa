/** One line of a file: which quarter hour, and the texts for its two cells. */
export interface FileLine {
  label: string;
  price: string;
  kwh: string;
}

/** What is wrong with a file, and where; each one has a translation under `orders.file-`. */
export interface FileFault {
  code: 'too-large' | 'empty' | 'columns' | 'unknown-time' | 'twice';
  line: number;
}

export const MOST_BYTES = 64 * 1024;
const HEADER = 'time;price;kwh';
const SEPARATORS = [';', '\t', ','];

/** The lines of a grid as a file that spreadsheets open: a header, then a line per quarter hour. */
export function writeFile(lines: readonly FileLine[]): string {
  const rows = lines.map(({ label, price, kwh }) => [label, plain(price), plain(kwh)].join(';'));
  return [HEADER, ...rows, ''].join('\r\n');
}

/** Reads such a file, whole or not at all; what the numbers mean the grid itself checks, cell by cell. */
export function readFile(
  text: string,
  labels: readonly string[],
): { lines: FileLine[]; fault?: undefined } | { fault: FileFault } {
  if (text.length > MOST_BYTES) return { fault: { code: 'too-large', line: 0 } };
  const rows = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const separator = SEPARATORS.find((each) => rows[0]?.includes(each)) ?? ';';
  const lines: FileLine[] = [];
  for (const [at, row] of rows.entries()) {
    const cells = row.split(separator).map((cell) => cell.trim());
    // The header may be called anything; it is the line that does not start with a time.
    if (row.trim() === '' || (at === 0 && !/^\d/.test(cells[0] ?? ''))) continue;
    const fault = faultOf(cells, labels, lines);
    if (fault) return { fault: { code: fault, line: at + 1 } };
    const [label = '', price = '', kwh = ''] = cells;
    lines.push({ label, price, kwh });
  }
  return lines.length > 0 ? { lines } : { fault: { code: 'empty', line: 0 } };
}

function faultOf(cells: string[], labels: readonly string[], before: FileLine[]): FileFault['code'] | undefined {
  if (cells.length !== 3) return 'columns';
  if (!labels.includes(cells[0] ?? '')) return 'unknown-time';
  return before.some((line) => line.label === cells[0]) ? 'twice' : undefined;
}

/** Numbers with a point and without groups, so that every spreadsheet reads the same. */
function plain(text: string): string {
  return text.replace(/['’\u00a0\u202f ]/g, '').replace(',', '.');
}
