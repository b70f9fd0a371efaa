import { Series } from './chart-option';

/** A column of words beside the numbers. */
export interface Notes {
  name: string;
  values: readonly string[];
}

/** The series of a chart as CSV, a line per label; where nothing is known the cell is empty. */
export function csvOf(labelName: string, labels: readonly string[], series: readonly Series[], notes?: Notes): string {
  const head = [labelName, ...series.map((row) => row.name), ...(notes ? [notes.name] : [])];
  const rows = labels.map((label, at) => [
    label,
    ...series.map((row) => row.values[at] ?? ''),
    ...(notes ? [notes.values[at] ?? ''] : []),
  ]);
  return [head, ...rows].map((row) => row.map(cell).join(',') + '\r\n').join('');
}

function cell(value: string | number): string {
  const text = String(value);
  // A sheet would run a text that begins like a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r\n\0＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
