import { Tariff } from '../api/dso-client';
import { meaningOf, safeLimit, sliderEnds } from './strategy-meaning';

const TARIFF: Tariff = {
  retailEnergyRpPerMwh: 12_110,
  gridRpPerMwh: 10_750,
  leviesRpPerMwh: 5_400,
  feedInRpPerMwh: 6_000,
  vatPermille: 81,
};
const FEE = 6_450;

describe('what a limit means', () => {
  it('is the utility’s own price for Market Benefit', () => {
    expect(safeLimit('consumer', TARIFF)).toBe(22_860);
    expect(safeLimit('producer', TARIFF)).toBe(6_000);
  });

  it('tells a consumer when they always, sometimes or never buy', () => {
    expect(meaningOf('consumer', 22_860, TARIFF, FEE)).toBe('limit.consumer-all');
    expect(meaningOf('consumer', 15_000, TARIFF, FEE)).toBe('limit.consumer-some');
    expect(meaningOf('consumer', 12_000, TARIFF, FEE)).toBe('limit.consumer-none');
  });

  it('tells a producer when they always, sometimes or never sell', () => {
    expect(meaningOf('producer', 6_000, TARIFF, 0)).toBe('limit.producer-all');
    expect(meaningOf('producer', 10_000, TARIFF, 0)).toBe('limit.producer-some');
    expect(meaningOf('producer', 23_000, TARIFF, 0)).toBe('limit.producer-none');
  });

  it('keeps both tariffs and a limit beyond them on the slider', () => {
    expect(sliderEnds(TARIFF, 15_000)).toEqual({ low: 0, high: 28_000 });
    expect(sliderEnds(TARIFF, -1_500)).toEqual({ low: -2_000, high: 28_000 });
    expect(sliderEnds(TARIFF, 40_000).high).toBe(40_000);
  });
});
