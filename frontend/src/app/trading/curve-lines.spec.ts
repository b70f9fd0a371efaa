import { Curves } from '../api/curves-client';
import { PLACE, linesOf } from './curve-lines';

const CURVES: Curves = {
  auctionId: 'dam',
  period: 48,
  startsAt: '2026-11-23T11:00:00Z',
  busName: 'N002',
  priceRpPerMwh: 10_000,
  shown: true,
  demand: [
    { priceRpPerMwh: 16_000, quantityWh: 600 },
    { priceRpPerMwh: 6_000, quantityWh: 200_000 },
  ],
  supply: [
    { priceRpPerMwh: 8_000, quantityWh: 1_000 },
    { priceRpPerMwh: 16_400, quantityWh: 200_000 },
  ],
  own: [{ side: 'buy', priceRpPerMwh: 22_450, quantityWh: 600 }],
};
const FEE = 6_450;

describe('the curves of an auction', () => {
  const lines = linesOf(CURVES, FEE);

  it('fall in demand and rise in supply', () => {
    expect(lines.demand.every((wh, place) => place === 0 || wh <= lines.demand[place - 1]!)).toBe(true);
    expect(lines.supply.every((wh, place) => place === 0 || wh >= lines.supply[place - 1]!)).toBe(true);
  });

  it('meet where the auction’s price is', () => {
    expect(lines.tradedWh).toBe(600);
    expect(lines.prices[lines.crossing]).toBe(10_000 + FEE);
    expect(lines.demand[lines.crossing]).toBe(600);
  });

  it('trade what is within the exchange’s rounding of the price, and no more', () => {
    const near = (distance: number) => ({
      ...CURVES,
      demand: [{ priceRpPerMwh: 16_000, quantityWh: 5_000 }],
      supply: [...CURVES.supply, { priceRpPerMwh: 10_000 + distance, quantityWh: 500 }],
    });
    expect(linesOf(near(50), FEE).tradedWh).toBe(1_500);
    expect(linesOf(near(200), FEE).tradedWh).toBe(1_000);
  });

  it('stop where the utility stands behind all', () => {
    expect(Math.max(...lines.demand, ...lines.supply)).toBe(900);
  });

  it('shade the prices at which one’s own order takes part', () => {
    const [own] = lines.own;
    expect(own?.from).toBe(0);
    expect(Math.abs(lines.prices[own!.to]! - 22_450)).toBeLessThanOrEqual(PLACE);
  });
});
