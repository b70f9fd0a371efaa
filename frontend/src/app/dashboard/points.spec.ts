import { Balance, Quarter } from '../api/balances-client';
import { Metrics } from '../api/metrics-client';
import { startOfDay } from '../ui/market-time';
import { dayPoints, leastSure, quarterPoints, surenessOf, viewOf } from './points';

const QUARTER_MS = 900_000;

function quarterAt(startMs: number, more: Partial<Quarter> = {}): Quarter {
  return {
    startsAt: new Date(startMs).toISOString().replace('.000', ''),
    mark: 'final',
    meteredWh: 100,
    scheduledWh: 80,
    communityWh: 60,
    costUrp: 2_000_000,
    priceRpPerMwh: 20_000,
    marketPriceRpPerMwh: 18_000,
    ...more,
  };
}

function quartersOf(day: string, next: string): Quarter[] {
  const [from, to] = [startOfDay(day).getTime(), startOfDay(next).getTime()];
  return Array.from({ length: (to - from) / QUARTER_MS }, (_, at) => quarterAt(from + at * QUARTER_MS));
}

describe('points of quarter hours', () => {
  it('are 100 on the day that has 25 hours, the hour shown twice told apart', () => {
    const points = quarterPoints(quartersOf('2026-10-25', '2026-10-26'), 'quarter', 'en', 1);
    const labels = points.map((point) => point.label);
    expect(labels).toHaveLength(100);
    expect(new Set(labels).size).toBe(100);
    expect(labels.slice(8, 17)).toEqual(['02:00A', '02:15A', '02:30A', '02:45A', '02:00B', '02:15B', '02:30B', '02:45B', '03:00']);
  });

  it('are 92 on the day that has 23 hours', () => {
    const labels = quarterPoints(quartersOf('2026-03-29', '2026-03-30'), 'quarter', 'en', 1).map((point) => point.label);
    expect(labels).toHaveLength(92);
    expect(labels.slice(7, 9)).toEqual(['01:45', '03:00']);
  });

  it('by the hour are 25 on the long day, none of them added to another', () => {
    const points = quarterPoints(quartersOf('2026-10-25', '2026-10-26'), 'hour', 'en', 1);
    expect(points).toHaveLength(25);
    expect(points.map((point) => point.communityWh + point.networkWh)).toEqual(Array.from({ length: 25 }, () => 400));
    expect(points.slice(2, 4).map((point) => point.label)).toEqual(['02:00A', '02:00B']);
  });

  it('by the hour weigh my price by energy and are as sure as their least sure quarter', () => {
    const start = startOfDay('2026-11-22').getTime();
    const [point] = quarterPoints(
      [
        quarterAt(start),
        quarterAt(start + QUARTER_MS, { meteredWh: 300, scheduledWh: 350, costUrp: 3_000_000, marketPriceRpPerMwh: 10_000 }),
        quarterAt(start + 2 * QUARTER_MS, { mark: 'provisional', scheduledWh: null, communityWh: null, costUrp: null }),
      ],
      'hour',
      'en',
      1,
    );
    expect(point).toMatchObject({ mark: 'provisional', communityWh: 120, networkWh: 280, moreWh: 20, lessWh: 50 });
    // The last quarter hour is not settled: its energy is nobody's yet.
    expect(point?.myPriceRpPerMwh).toBe(5_000_000 / 400);
    expect(point?.marketPriceRpPerMwh).toBe(Math.round((18_000 + 10_000 + 18_000) / 3));
  });

  it('of a producer earn a positive price', () => {
    const [point] = quarterPoints([quarterAt(0, { costUrp: -1_000_000 })], 'quarter', 'en', -1);
    expect(point?.myPriceRpPerMwh).toBe(10_000);
  });
});

describe('points of days', () => {
  const at = (day: string) => startOfDay(day).getTime();
  const metrics = {
    daily: [
      { at: at('2026-10-31'), communityWh: 600, networkWh: 400, costUrp: 20_000_000 },
      { at: at('2026-11-01'), communityWh: 0, networkWh: 1_000, costUrp: 22_000_000 },
    ],
    marketPrices: [
      { at: at('2026-10-31'), priceRpPerMwh: 15_000 },
      { at: at('2026-11-01'), priceRpPerMwh: 17_000 },
      { at: at('2026-11-02'), priceRpPerMwh: 19_000 },
    ],
  } as Metrics;
  const balances: Balance[] = [
    { day: '2026-10-31', mark: 'final', moreWh: 50, lessWh: 10, imbalanceCostUrp: 1 },
    { day: '2026-11-01', mark: 'estimated', moreWh: 5, lessWh: 0, imbalanceCostUrp: 1 },
  ];

  it('hold every day that any figure speaks of; what is not there yet is provisional', () => {
    const points = dayPoints(metrics, balances, 'day', 'en', 1);
    expect(points.map((point) => point.mark)).toEqual(['final', 'estimated', 'provisional']);
    expect(points.map((point) => point.myPriceRpPerMwh)).toEqual([20_000, 22_000, null]);
    expect(points.map((point) => point.marketPriceRpPerMwh)).toEqual([15_000, 17_000, 19_000]);
  });

  it('are added up by month', () => {
    const points = dayPoints(metrics, balances, 'month', 'en', 1);
    expect(points.map((point) => point.label)).toEqual(['October 2026', 'November 2026']);
    expect(points.map((point) => [point.communityWh, point.networkWh, point.moreWh])).toEqual([
      [600, 400, 50],
      [0, 1_000, 5],
    ]);
    expect(points[1]).toMatchObject({ mark: 'estimated', marketPriceRpPerMwh: 18_000 });
  });
});

describe('how sure a sum is', () => {
  const day = (name: string, mark: Balance['mark'] = 'final') => ({ day: name, mark }) as Balance;
  const range = { from: '2026-10-01', to: '2026-11-02' };

  it('is final once every day since the first reading is', () => {
    expect(surenessOf([day('2026-10-31'), day('2026-11-01'), day('2026-11-02')], range)).toBe('final');
    expect(surenessOf([day('2026-10-31'), day('2026-11-01', 'estimated'), day('2026-11-02')], range)).toBe('estimated');
  });

  it('is provisional while a day has no reading', () => {
    expect(surenessOf([day('2026-10-31'), day('2026-11-02')], range)).toBe('provisional');
    expect(surenessOf([day('2026-10-31'), day('2026-11-01')], range)).toBe('provisional');
    expect(surenessOf([], range)).toBe('provisional');
    expect(surenessOf([day('2026-10-31', 'estimated')], range)).toBe('estimated');
  });
});

describe('how a range is shown', () => {
  it('is as fine as it is still clear', () => {
    expect([1, 7, 31, 92, 93, 366].map(viewOf)).toEqual(['quarter', 'day', 'day', 'day', 'month', 'month']);
  });

  it('is as sure as its least sure part', () => {
    expect(leastSure(['final', 'provisional'])).toBe('provisional');
    expect(leastSure(['final', 'provisional', 'estimated'])).toBe('estimated');
  });
});
