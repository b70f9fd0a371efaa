import { Tariff } from '../api/dso-client';
import { NodeSide } from '../api/nodes-client';

/** What the utility takes per MWh at the meter, before levies and VAT. */
export function purchaseTariff(tariff: Tariff): number {
  return tariff.retailEnergyRpPerMwh + tariff.gridRpPerMwh;
}

/** The limit that Market Benefit trades with: never pay more, never earn less than with the utility. */
export function safeLimit(side: NodeSide, tariff: Tariff): number {
  return side === 'consumer' ? purchaseTariff(tariff) : tariff.feedInRpPerMwh;
}

/** Which sentence says what a limit means to this household: key under `limit.`. */
export function meaningOf(side: NodeSide, limit: number, tariff: Tariff, feeRpPerMwh: number): string {
  if (side === 'consumer') {
    if (limit >= purchaseTariff(tariff)) return 'limit.consumer-all';
    return limit < tariff.feedInRpPerMwh + feeRpPerMwh ? 'limit.consumer-none' : 'limit.consumer-some';
  }
  if (limit <= tariff.feedInRpPerMwh) return 'limit.producer-all';
  return limit >= purchaseTariff(tariff) ? 'limit.producer-none' : 'limit.producer-some';
}

/** The ends of the price slider: both tariffs lie well inside, and so does the limit in force. */
export function sliderEnds(tariff: Tariff, limit: number): { low: number; high: number } {
  const whole = 1000;
  const high = Math.max(purchaseTariff(tariff) * 1.2, limit);
  return { low: Math.min(0, Math.floor(limit / whole) * whole), high: Math.ceil(high / whole) * whole };
}
