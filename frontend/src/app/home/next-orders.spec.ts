import { Auction } from '../api/auctions-client';
import { Order } from '../api/orders-client';
import { standing } from './next-orders';

const order = (auctionId: string, ...wh: number[]) =>
  ({ auctionId, points: wh.map((quantityWh, period) => ({ period, priceRpPerMwh: 1, quantityWh })) }) as Order;
const auction = (auctionId: string, deliveryStartsAt: string, deliveryEndsAt = '2026-11-23T23:00:00Z') =>
  ({ auctionId, deliveryStartsAt, deliveryEndsAt }) as Auction;
const NOW = Date.parse('2026-11-23T08:00:00Z');

describe('standing', () => {
  it('puts the next delivery first and adds up what was ordered', () => {
    const auctions = [auction('b', '2026-11-23T10:00:00Z'), auction('a', '2026-11-23T09:00:00Z')];
    const found = standing([order('b', 100, 50), order('a', 70)], auctions, NOW);
    expect(found.map((each) => [each.auction.auctionId, each.orderedWh])).toEqual([
      ['a', 70],
      ['b', 150],
    ]);
  });

  it('leaves out what was delivered', () => {
    const auctions = [
      auction('past', '2026-11-23T07:30:00Z', '2026-11-23T08:00:00Z'),
      auction('now', '2026-11-23T07:45:00Z', '2026-11-23T08:15:00Z'),
    ];
    const found = standing([order('past', 1), order('now', 1)], auctions, NOW);
    expect(found.map((each) => each.auction.auctionId)).toEqual(['now']);
  });

  it('leaves out an order of an auction that is not listed', () => {
    expect(standing([order('c', 1)], [], NOW)).toEqual([]);
  });
});
