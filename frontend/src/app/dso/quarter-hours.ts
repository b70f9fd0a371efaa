import { addDays, periodLabels, startOfDay } from '../ui/market-time';

const QUARTER_MS = 15 * 60_000;

export interface QuarterHour {
  startsAt: string;
  endsAt: string;
  label: string;
}

/** The quarter hours from one instant to another, with their labels. */
export function quarterHours(from: Date, until: Date): QuarterHour[] {
  const starts: string[] = [];
  for (let at = from.getTime(); at < until.getTime(); at += QUARTER_MS) starts.push(instant(at));
  const labels = periodLabels(starts);
  return starts.map((startsAt, index) => ({
    startsAt,
    endsAt: instant(Date.parse(startsAt) + QUARTER_MS),
    label: labels[index] ?? '',
  }));
}

/** The 92, 96 or 100 quarter hours of a day of the market. */
export function quarterHoursOf(day: string): QuarterHour[] {
  return quarterHours(startOfDay(day), startOfDay(addDays(day, 1)));
}

function instant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
