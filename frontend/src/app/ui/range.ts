import { addDays, startOfDay } from './market-time';

export const PRESETS = ['week', 'month', 'last-month', 'three-months', 'year', 'custom'] as const;
export type Preset = (typeof PRESETS)[number];

/** A span of delivery days, both ends included. */
export interface Range {
  from: string;
  to: string;
}

/** The longest span the figures can be asked for. */
export const MOST_DAYS = 400;
const DAY_MS = 86_400_000;

/** The days a preset means today; `custom` means what was chosen. */
export function rangeOf(preset: Preset, today: string, custom: Range): Range {
  const firstOfMonth = `${today.slice(0, 7)}-01`;
  switch (preset) {
    case 'week':
      return { from: addDays(today, -((weekday(today) + 6) % 7)), to: today };
    case 'month':
      return { from: firstOfMonth, to: today };
    case 'last-month':
      return { from: addMonths(firstOfMonth, -1), to: addDays(firstOfMonth, -1) };
    case 'three-months':
      return { from: addDays(addMonths(today, -3), 1), to: today };
    case 'year':
      return { from: addDays(addMonths(today, -12), 1), to: today };
    case 'custom':
      return custom;
  }
}

/** What is wrong with a chosen span, if anything. */
export function rangeFault(range: Range): 'incomplete' | 'reversed' | 'too-long' | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(range.from) || !/^\d{4}-\d\d-\d\d$/.test(range.to)) return 'incomplete';
  if (range.from > range.to) return 'reversed';
  return lengthOf(range) > MOST_DAYS ? 'too-long' : undefined;
}

/** How many days a range has. */
export function lengthOf(range: Range): number {
  return (Date.parse(range.to) - Date.parse(range.from)) / DAY_MS + 1;
}

/** A half-open interval of instants. */
export interface Instants {
  startMs: number;
  endMs: number;
}

/** Whether two intervals ask for the same: for signals that follow a clock, so that nothing is fetched anew each second. */
export function sameInstants(a: Instants | undefined, b: Instants | undefined): boolean {
  return a?.startMs === b?.startMs && a?.endMs === b?.endMs;
}

/** The half-open interval of instants that the days cover. */
export function instantsOf(range: Range): Instants {
  return { startMs: startOfDay(range.from).getTime(), endMs: startOfDay(addDays(range.to, 1)).getTime() };
}

function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

/** The same day of another month, or that month's last day where there is none. */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
}
