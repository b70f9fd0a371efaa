import { localeOf } from './formats';
import { Lang } from './language';

/** All times on the page are the market's, wherever the browser stands. */
export const MARKET_ZONE = 'Europe/Zurich';

export type Instant = string | number | Date;
export type TimeStyle = 'time' | 'date' | 'day' | 'shortDay' | 'weekday' | 'dateTime';

const HOUR = 3_600_000;
const STYLES: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  day: { day: 'numeric', month: 'numeric' },
  shortDay: { weekday: 'short' },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  dateTime: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
};

const timeFormats = new Map<string, Intl.DateTimeFormat>();

export function formatTime(at: Instant, lang: Lang, style: TimeStyle = 'dateTime', withZone = false): string {
  const key = `${lang}:${style}`;
  let format = timeFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(localeOf(lang), { ...STYLES[style], timeZone: MARKET_ZONE });
    timeFormats.set(key, format);
  }
  const text = format.format(new Date(at)) + (style === 'time' || style === 'dateTime' ? whichOfTwo(new Date(at)) : '');
  return withZone ? `${text}\u00a0${zoneName(at, lang)}` : text;
}

/** Where the autumn clock shows an hour twice, `A` for the first and `B` for the second; else nothing. */
function whichOfTwo(at: Date): string {
  // Only in October the clock goes back; to ask for offsets costs a hundred times as much as to look at the month.
  if (at.getUTCMonth() !== 9) return '';
  const offset = offsetMs(at);
  if (offsetMs(new Date(at.getTime() + HOUR)) < offset) return 'A';
  return offsetMs(new Date(at.getTime() - HOUR)) > offset ? 'B' : '';
}

/** The zone as people call it: CET or CEST; MEZ or MESZ in German. */
export function zoneName(at: Instant, lang: Lang): string {
  const summer = offsetMs(new Date(at)) === 2 * HOUR;
  if (lang === 'de') return summer ? 'MESZ' : 'MEZ';
  return summer ? 'CEST' : 'CET';
}

let wallClock: Intl.DateTimeFormat | undefined;

function wallParts(at: Date): Record<string, string> {
  // Made when it is wanted first: that costs more than all of its uses.
  wallClock ??= new Intl.DateTimeFormat('en-CA', {
    timeZone: MARKET_ZONE,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return Object.fromEntries(wallClock.formatToParts(at).map((part) => [part.type, part.value]));
}

/** How far the market's wall clock is ahead of UTC at an instant. */
export function offsetMs(at: Date): number {
  const { year, month, day, hour, minute, second } = wallParts(at);
  const asUtc = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return asUtc - Math.floor(at.getTime() / 1000) * 1000;
}

/** The day of the market an instant falls on, as `2026-11-22`. */
export function dayOf(at: Instant): string {
  const { year, month, day } = wallParts(new Date(at));
  return `${year}-${month}-${day}`;
}

/** The instant at which a day of the market begins. */
export function startOfDay(day: string): Date {
  const utc = Date.parse(`${day}T00:00:00Z`);
  const guess = new Date(utc - offsetMs(new Date(utc)));
  // The clock may change between the guess and the day's start.
  return new Date(utc - offsetMs(guess));
}

/** Another day, so many days later: calendar arithmetic, untouched by clock changes. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * HOUR).toISOString().slice(0, 10);
}

/** Labels of delivery periods: `02:15`, and `02:15A`, `02:15B` where the autumn clock shows an hour twice. */
export function periodLabels(starts: readonly string[]): string[] {
  return starts.map((start) => formatTime(start, 'de', 'time'));
}

/** The same; where they are of several days, each says which. */
export function periodLabelsOfDays(starts: readonly string[], lang: Lang, style: 'day' | 'shortDay'): string[] {
  const labels = periodLabels(starts);
  if (new Set(starts.map((start) => dayOf(start))).size < 2) return labels;
  return labels.map((label, at) => `${formatTime(starts[at] ?? '', lang, style)} ${label}`);
}
