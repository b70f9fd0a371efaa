import { Auction } from '../api/auctions-client';
import { Order } from '../api/orders-client';
import { firstAuction, firstOrder, isCurve, pointOf, takesOrders } from './order-pick';

const order = (part: Partial<Order>) => ({ source: 'household', state: 'open', points: [], ...part }) as Order;
const auction = (part: Partial<Auction>) =>
  ({ state: 'open', gateOpensAt: '2026-11-15T23:00:00Z', gateClosesAt: '2026-11-22T10:00:00Z', ...part }) as Auction;

describe('takesOrders', () => {
  it('ends at the very instant of gate closure', () => {
    const gate = Date.parse('2026-11-22T10:00:00Z');
    expect(takesOrders(auction({}), gate - 1)).toBe(true);
    expect(takesOrders(auction({}), gate)).toBe(false);
  });

  it('has not begun before the gate opens', () => {
    expect(takesOrders(auction({}), Date.parse('2026-11-15T22:59:59Z'))).toBe(false);
  });

  it('is over when the auction moved on', () => {
    expect(takesOrders(auction({ state: 'cancelled' }), Date.parse('2026-11-20T00:00:00Z'))).toBe(false);
  });
});

describe('firstOrder', () => {
  it('is the household’s own before its strategy’s, and never a cancelled one', () => {
    const [cancelled, byStrategy, own] = [
      order({ orderId: 'a', state: 'cancelled' }),
      order({ orderId: 'b', source: 'strategy' }),
      order({ orderId: 'c' }),
    ];
    expect(firstOrder([cancelled, byStrategy, own])).toBe(own);
    expect(firstOrder([cancelled, byStrategy])).toBe(byStrategy);
    expect(firstOrder([cancelled])).toBeUndefined();
  });
});

describe('firstAuction', () => {
  it('is the one whose gate closes next', () => {
    const [past, next, later] = [
      auction({ auctionId: '1', state: 'settled' }),
      auction({ auctionId: '2' }),
      auction({ auctionId: '3' }),
    ];
    expect(firstAuction([past, next, later], '3')).toBe(later);
    expect(firstAuction([past, next, later], undefined)).toBe(next);
    expect(firstAuction([past], undefined)).toBe(past);
    expect(firstAuction([], undefined)).toBeUndefined();
  });
});

it('tells an order with several steps in a quarter hour', () => {
  const point = (period: number) => ({ period, priceRpPerMwh: 1, quantityWh: 1 });
  expect(isCurve(order({ points: [point(0), point(1)] }))).toBe(false);
  expect(isCurve(order({ points: [point(0), point(0)] }))).toBe(true);
});

it('finds the point that a refused field means', () => {
  expect(pointOf('points.12.priceRpPerMwh')).toBe(12);
  expect(pointOf('points[3].quantityWh')).toBe(3);
  expect(pointOf('auctionId')).toBeUndefined();
});
