import { Auction } from '../api/auctions-client';
import { Order } from '../api/orders-client';

/** An order together with the auction it stands in. */
export interface Standing {
  order: Order;
  auction: Auction;
  orderedWh: number;
}

/** The orders whose auctions are known and not delivered yet, the next delivery first. */
export function standing(orders: readonly Order[], auctions: readonly Auction[], nowMs: number): Standing[] {
  const ahead = auctions.filter((auction) => Date.parse(auction.deliveryEndsAt) > nowMs);
  const known = new Map(ahead.map((auction) => [auction.auctionId, auction]));
  return orders
    .flatMap((order) => {
      const auction = known.get(order.auctionId);
      const orderedWh = order.points.reduce((sum, point) => sum + point.quantityWh, 0);
      return auction ? [{ order, auction, orderedWh }] : [];
    })
    .sort((a, b) => a.auction.deliveryStartsAt.localeCompare(b.auction.deliveryStartsAt));
}
