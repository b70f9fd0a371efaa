import { Balance, Quarter, Sureness } from '../api/balances-client';
import { Metrics } from '../api/metrics-client';
import { formatMonth } from '../ui/formats';
import { Lang } from '../ui/language';
import { dayOf, formatTime, periodLabelsOfDays, startOfDay } from '../ui/market-time';
import { MOST_DAYS, Range, lengthOf } from '../ui/range';

/** How coarse the charts are. */
export const VIEWS = ['quarter', 'hour', 'day', 'month'] as const;
export type View = (typeof VIEWS)[number];

/** The most days that each view is drawn for: more would be noise, and slow. */
export const MOST_DAYS_OF: Record<View, number> = { quarter: 7, hour: 40, day: MOST_DAYS, month: MOST_DAYS };

/** One place of every chart: what is settled of it. Null is what is not known, or has no price. */
export interface Point {
  label: string;
  mark: Sureness;
  communityWh: number;
  networkWh: number;
  costUrp: number;
  myPriceRpPerMwh: number | null;
  marketPriceRpPerMwh: number | null;
  /** What the meter counted beyond and below the schedule. */
  moreWh: number;
  lessWh: number;
}

/** The finest view in which so many days are still clear. */
export function viewOf(days: number): View {
  if (days <= 1) return 'quarter';
  return days <= 92 ? 'day' : 'month';
}

/** Quarter hours as they are, or by the hour. */
export function quarterPoints(quarters: readonly Quarter[], view: 'quarter' | 'hour', lang: Lang, sign: number): Point[] {
  const groups = grouped(quarters, (each) => (view === 'hour' ? hourOf(each.startsAt) : each.startsAt));
  const labels = periodLabelsOfDays(groups.map(([start]) => start), lang, 'day');
  return groups.map(([, members], at) => pointOf(labels[at] ?? '', members, sign));
}

function hourOf(startsAt: string): string {
  return `${startsAt.slice(0, 13)}:00:00Z`;
}

function pointOf(label: string, members: readonly Quarter[], sign: number): Point {
  const settled = members.filter((each) => each.scheduledWh !== null);
  const [wh, communityWh] = [sum(settled, (each) => each.meteredWh), sum(settled, (each) => each.communityWh ?? 0)];
  const costUrp = sum(settled, (each) => each.costUrp ?? 0);
  const differences = settled.map((each) => each.meteredWh - (each.scheduledWh ?? 0));
  return {
    label,
    mark: leastSure(members.map((each) => each.mark)),
    communityWh,
    networkWh: wh - communityWh,
    costUrp,
    myPriceRpPerMwh: price(sign * costUrp, wh),
    marketPriceRpPerMwh: meanOf(members.map((each) => each.marketPriceRpPerMwh)),
    moreWh: sum(differences, (each) => Math.max(each, 0)),
    lessWh: sum(differences, (each) => Math.max(-each, 0)),
  };
}

/** Days as they are, or by the month. */
export function dayPoints(metrics: Metrics, balances: readonly Balance[], view: 'day' | 'month', lang: Lang, sign: number): Point[] {
  const days = daysOf(metrics, balances, sign);
  if (view === 'day') return days.map(({ day, point }) => ({ ...point, label: formatTime(startOfDay(day), lang, 'day') }));
  return grouped(days, ({ day }) => day.slice(0, 7)).map(([month, members]) =>
    monthOf(formatMonth(month, lang), members.map(({ point }) => point), sign),
  );
}

function daysOf(metrics: Metrics, balances: readonly Balance[], sign: number): { day: string; point: Point }[] {
  const daily = new Map(metrics.daily.map((each) => [dayOf(each.at), each]));
  const market = new Map(metrics.marketPrices.map((each) => [dayOf(each.at), each.priceRpPerMwh]));
  const balanced = new Map(balances.map((each) => [each.day, each]));
  return [...new Set([...daily.keys(), ...market.keys()])].sort().map((day) => {
    const [figures, balance] = [daily.get(day), balanced.get(day)];
    const { communityWh, networkWh, costUrp } = figures ?? { communityWh: 0, networkWh: 0, costUrp: 0 };
    return {
      day,
      point: {
        label: day,
        mark: balance?.mark ?? 'provisional',
        communityWh,
        networkWh,
        costUrp,
        myPriceRpPerMwh: price(sign * costUrp, communityWh + networkWh),
        marketPriceRpPerMwh: market.get(day) ?? null,
        moreWh: balance?.moreWh ?? 0,
        lessWh: balance?.lessWh ?? 0,
      },
    };
  });
}

function monthOf(label: string, members: readonly Point[], sign: number): Point {
  const communityWh = sum(members, (each) => each.communityWh);
  const networkWh = sum(members, (each) => each.networkWh);
  const costUrp = sum(members, (each) => each.costUrp);
  return {
    label,
    mark: leastSure(members.map((each) => each.mark)),
    communityWh,
    networkWh,
    costUrp,
    myPriceRpPerMwh: price(sign * costUrp, communityWh + networkWh),
    marketPriceRpPerMwh: meanOf(members.map((each) => each.marketPriceRpPerMwh)),
    moreWh: sum(members, (each) => each.moreWh),
    lessWh: sum(members, (each) => each.lessWh),
  };
}

/** A sum of figures is as sure as the least sure of them. */
export function leastSure(marks: readonly Sureness[]): Sureness {
  if (marks.includes('estimated')) return 'estimated';
  return marks.includes('provisional') ? 'provisional' : 'final';
}

/** How sure a sum over a range is: from the first metered day on, a day without any reading may still get some. */
export function surenessOf(days: readonly Balance[], range: Range): Sureness {
  const [first] = days;
  const isWhole = first !== undefined && days.length >= lengthOf({ from: first.day, to: range.to });
  return leastSure([isWhole ? 'final' : 'provisional', ...days.map((day) => day.mark)]);
}

/** The plain mean of what is known. */
export function meanOf(prices: readonly (number | null)[]): number | null {
  const known = prices.filter((each) => each !== null);
  return known.length === 0 ? null : Math.round(sum(known, (each) => each) / known.length);
}

function price(amountUrp: number, wh: number): number | null {
  return wh === 0 ? null : Math.round(amountUrp / wh);
}

/** Neighbours of one name together, in order. */
function grouped<T>(members: readonly T[], nameOf: (member: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const member of members) {
    const name = nameOf(member);
    const group = groups.get(name);
    if (group) group.push(member);
    else groups.set(name, [member]);
  }
  return [...groups];
}

function sum<T>(members: readonly T[], of: (member: T) => number): number {
  return members.reduce((total, member) => total + of(member), 0);
}
