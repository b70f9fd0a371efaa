import { DayPrice, Metrics } from '../api/metrics-client';
import { dayOf } from '../ui/market-time';

/** Every day that any of the figures speaks of, in order. */
export function daysOf(metrics: Metrics | undefined): string[] {
  if (!metrics) return [];
  const instants = [...metrics.daily, ...metrics.myPrices, ...metrics.marketPrices].map((point) => point.at);
  return [...new Set(instants.map((at) => dayOf(at)))].sort();
}

export function priceOn(prices: readonly DayPrice[]): Map<string, number> {
  return new Map(prices.map((point) => [dayOf(point.at), point.priceRpPerMwh]));
}

/** The plain mean of the days' prices. */
export function meanPrice(prices: readonly DayPrice[]): number | undefined {
  if (prices.length === 0) return undefined;
  return prices.reduce((sum, point) => sum + point.priceRpPerMwh, 0) / prices.length;
}
