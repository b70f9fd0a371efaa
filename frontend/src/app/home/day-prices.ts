import { Auction, Prices } from '../api/auctions-client';
import { Results } from '../api/results-client';
import { spansOf } from '../ui/marks';

/** What is known of the day-ahead prices of one day. */
export type DayState = 'published' | 'waiting' | 'cancelled' | 'none';

export interface DayPrices {
  auction: Auction | undefined;
  prices: Prices | undefined;
  results: Results | undefined;
}

export interface QuarterHour {
  startsAt: string;
  priceRpPerMwh: number;
  acceptedWh: number;
}

/** A day without a published auction has no prices: those of another day are never shown in their place. */
export function stateOf(auction: Auction | undefined): DayState {
  if (!auction) return 'none';
  if (auction.state === 'cancelled') return 'cancelled';
  return isPublished(auction) ? 'published' : 'waiting';
}

export function isPublished(auction: Auction | undefined): boolean {
  return auction?.state === 'published' || auction?.state === 'settled';
}

/** The quarter hours of the published days in order, at the meter: to withdraw, the use of the grid comes on top. */
export function quarterHours(days: readonly DayPrices[], feeRpPerMwh: number): QuarterHour[] {
  return days.flatMap(({ auction, prices, results }) => {
    if (!isPublished(auction) || prices?.auctionId !== auction?.auctionId) return [];
    const accepted = acceptedOf(results?.auctionId === auction?.auctionId ? results : undefined);
    return (prices?.items ?? []).map((item) => ({
      startsAt: item.startsAt,
      priceRpPerMwh: item.priceRpPerMwh + feeRpPerMwh,
      acceptedWh: accepted.get(item.startsAt) ?? 0,
    }));
  });
}

/** The quarter hour that an instant falls into; undefined outside of all. */
export function positionOf(hours: readonly QuarterHour[], now: number): number | undefined {
  const last = hours.at(-1);
  if (!last || now >= Date.parse(last.startsAt) + QUARTER_MS) return undefined;
  const at = hours.findLastIndex((hour) => Date.parse(hour.startsAt) <= now);
  return at < 0 ? undefined : at;
}

/** Where something of mine was accepted, neighbours drawn together. */
export function acceptedSpans(hours: readonly QuarterHour[]): { from: number; to: number }[] {
  return spansOf(hours.flatMap((hour, at) => (hour.acceptedWh > 0 ? [at] : [])));
}

/** The quarter hour that suits best: the cheapest to buy, the dearest to sell. */
export function bestOf(hours: readonly QuarterHour[], side: 'consumer' | 'producer'): QuarterHour | undefined {
  const sign = side === 'consumer' ? 1 : -1;
  return hours.reduce<QuarterHour | undefined>(
    (best, hour) => (best && sign * best.priceRpPerMwh <= sign * hour.priceRpPerMwh ? best : hour),
    undefined,
  );
}

const QUARTER_MS = 900_000;

function acceptedOf(results: Results | undefined): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of (results?.items ?? []).flatMap((item) => item.periods)) {
    sums.set(line.startsAt, (sums.get(line.startsAt) ?? 0) + line.acceptedWh);
  }
  return sums;
}
