import { Metrics } from '../api/metrics-client';
import { togetherOf } from './together';

function metrics(figures: Partial<Metrics>): Metrics {
  return { costUrp: 0, savingsUrp: 0, totalWh: 0, communityWh: 0, utilityName: 'Elektra', ...figures } as Metrics;
}

describe('togetherOf', () => {
  it('nets what was paid against what was earned', () => {
    const used = metrics({ costUrp: 500, savingsUrp: 40, totalWh: 3000, communityWh: 600 });
    const made = metrics({ costUrp: -800, savingsUrp: 60, totalWh: 1000, communityWh: 900 });
    expect(togetherOf([used, made])).toEqual({
      costUrp: -300,
      savingsUrp: 100,
      utilityName: 'Elektra',
      totalWh: 4000,
      communityShare: 0.375,
    });
  });

  it('divides nothing by nothing', () => {
    expect(togetherOf([metrics({})]).communityShare).toBe(0);
  });
});
