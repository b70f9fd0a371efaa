import { Auction } from '../api/auctions-client';
import { Order } from '../api/orders-client';

const OVER: readonly Auction['state'][] = ['published', 'settled', 'cancelled'];

/** Nothing about this auction will change any more. */
export function isOver(auction: Auction): boolean {
  return OVER.includes(auction.state);
}

/** Orders may be entered, changed and cancelled: from the opening until the very instant of gate closure. */
export function takesOrders(auction: Auction, now: number): boolean {
  return auction.state === 'open' && now >= Date.parse(auction.gateOpensAt) && now < Date.parse(auction.gateClosesAt);
}

/** The order to show first: the household's own, else its strategy's; cancelled ones only when asked for. */
export function firstOrder(orders: readonly Order[]): Order | undefined {
  const living = orders.filter((order) => order.state !== 'cancelled');
  return living.find((order) => order.source === 'household') ?? living[0];
}

/** The auction to show first: the one whose gate closes next, else the first open, else the last of all. */
export function firstAuction(auctions: readonly Auction[], nextGate: string | undefined): Auction | undefined {
  return (
    auctions.find((auction) => auction.auctionId === nextGate) ??
    auctions.find((auction) => auction.state === 'open') ??
    auctions.at(-1)
  );
}

/** An order with several points in one quarter hour cannot be shown as one price and one energy. */
export function isCurve(order: Order | undefined): boolean {
  const periods = order?.points.map((point) => point.period) ?? [];
  return new Set(periods).size < periods.length;
}

/** Which rows the server refused: `points.3.priceRpPerMwh` is the fourth point sent. */
export function pointOf(field: string): number | undefined {
  const match = /^points[.[](\d+)/.exec(field);
  return match ? Number(match[1]) : undefined;
}
