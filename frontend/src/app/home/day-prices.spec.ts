import { Auction, AuctionState, Prices } from '../api/auctions-client';
import { Results } from '../api/results-client';
import { acceptedSpans, bestOf, positionOf, quarterHours, stateOf } from './day-prices';

const STARTS = ['2026-11-21T23:00:00Z', '2026-11-21T23:15:00Z', '2026-11-21T23:30:00Z', '2026-11-21T23:45:00Z'];

function auction(state: AuctionState, auctionId = 'dam-2026-11-22'): Auction {
  return { auctionId, state } as Auction;
}

function prices(...values: number[]): Prices {
  const items = values.map((priceRpPerMwh, period) => ({
    period,
    startsAt: STARTS[period] ?? '',
    priceRpPerMwh,
    priceLow: null,
    priceHigh: null,
  }));
  return { auctionId: 'dam-2026-11-22', busName: 'B1', items };
}

function results(...accepted: number[]): Results {
  const periods = accepted.map((acceptedWh, period) => ({ period, startsAt: STARTS[period], acceptedWh }));
  return { auctionId: 'dam-2026-11-22', items: [{ periods }], partners: [] } as unknown as Results;
}

describe('quarterHours', () => {
  it('shows prices at the meter, with what was accepted', () => {
    const day = { auction: auction('published'), prices: prices(6000, 9000), results: results(0, 250) };
    expect(quarterHours([day], 6450)).toEqual([
      { startsAt: STARTS[0], priceRpPerMwh: 12_450, acceptedWh: 0 },
      { startsAt: STARTS[1], priceRpPerMwh: 15_450, acceptedWh: 250 },
    ]);
  });

  it('shows nothing of a day that is not published, even while the prices of another are still at hand', () => {
    expect(quarterHours([{ auction: auction('closed'), prices: prices(6000), results: undefined }], 0)).toEqual([]);
    const tomorrow = { auction: auction('published', 'dam-2026-11-23'), prices: prices(6000), results: undefined };
    expect(quarterHours([tomorrow], 0)).toEqual([]);
  });
});

describe('stateOf', () => {
  it.each([
    ['open', 'waiting'],
    ['closed', 'waiting'],
    ['published', 'published'],
    ['settled', 'published'],
    ['cancelled', 'cancelled'],
  ] as const)('calls %s %s', (state, said) => {
    expect(stateOf(auction(state))).toBe(said);
  });

  it('knows a day without an auction', () => {
    expect(stateOf(undefined)).toBe('none');
  });
});

describe('the quarter hours of a day', () => {
  const hours = quarterHours(
    [{ auction: auction('published'), prices: prices(9000, 6000, 6000, 12_000), results: results(1, 2, 0, 3) }],
    0,
  );

  it('hold now until they are over', () => {
    expect(positionOf(hours, Date.parse('2026-11-21T22:59:59Z'))).toBeUndefined();
    expect(positionOf(hours, Date.parse('2026-11-21T23:15:00Z'))).toBe(1);
    expect(positionOf(hours, Date.parse('2026-11-21T23:59:59Z'))).toBe(3);
    expect(positionOf(hours, Date.parse('2026-11-22T00:00:00Z'))).toBeUndefined();
  });

  it('are shaded where something was accepted', () => {
    expect(acceptedSpans(hours)).toEqual([
      { from: 0, to: 1 },
      { from: 3, to: 3 },
    ]);
  });

  it('have a best one, the first of equals', () => {
    expect(bestOf(hours, 'consumer')?.startsAt).toBe(STARTS[1]);
    expect(bestOf(hours, 'producer')?.startsAt).toBe(STARTS[3]);
    expect(bestOf([], 'producer')).toBeUndefined();
  });
});
