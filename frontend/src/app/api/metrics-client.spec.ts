import { metricsOf } from './metrics-client';

describe('metricsOf', () => {
  it('turns the original contract’s kWh and CHF/kWh into Wh and Rp/MWh, without a float’s crumbs', () => {
    const metrics = metricsOf({
      averagePrice: '0.1811',
      totalAmount: '123.456',
      amountCommunity: '100.1',
      amountNetwork: '23.356',
      personalPriceHistory: [{ timestamp: 1, price: '0.18115' }],
      marketPriceHistory: [],
      savingsUrp: 5,
      utilityName: 'EW Dorf',
      utilityCostUrp: 6,
      costUrp: 1,
      feesUrp: 0,
      daily: [{ timestamp: 1, amountCommunityWh: 2, amountNetworkWh: 3, costUrp: 4 }],
    });
    expect(metrics).toMatchObject({ averagePriceRpPerMwh: 18110, totalWh: 123456, communityWh: 100100, networkWh: 23356 });
    expect(metrics.myPrices).toEqual([{ at: 1, priceRpPerMwh: 18115 }]);
    expect(metrics.daily).toEqual([{ at: 1, communityWh: 2, networkWh: 3, costUrp: 4 }]);
  });
});
