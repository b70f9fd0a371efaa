import { OrderDraft, checkRow } from './order-draft';

const RULES = { tickRpPerMwh: 1, priceFloorRpPerMwh: -50_000, priceCapRpPerMwh: 400_000, minQuantityWh: 1 };
const STARTS = Array.from({ length: 96 }, (_, i) => new Date(Date.UTC(2026, 10, 22, 23) + i * 900_000).toISOString());

function draft(rules = RULES): OrderDraft {
  return new OrderDraft(STARTS, STARTS.map((_, i) => `Q${i}`), rules, 'de-CH');
}

describe('checkRow', () => {
  it('turns what people type into whole units', () => {
    expect(checkRow('18,5', '1.25', RULES)).toEqual({ values: { priceRpPerMwh: 18_500, quantityWh: 1250 } });
    expect(checkRow('-1', '0.001', RULES)).toEqual({ values: { priceRpPerMwh: -1000, quantityWh: 1 } });
  });

  it('takes a row without energy for no order', () => {
    expect(checkRow('', '', RULES)).toEqual({});
    expect(checkRow('', '0', RULES)).toEqual({});
    expect(checkRow('12', '0', RULES)).toEqual({});
  });

  it.each([
    ['12', '', 'kwh', 'quantity-missing'],
    ['', '1', 'price', 'price-missing'],
    ['12x', '1', 'price', 'not-a-number'],
    ['12', '1,2345', 'kwh', 'too-many-decimals'],
    ['12', '-1', 'kwh', 'below-minimum'],
    ['400.001', '1', 'price', 'above-cap'],
    ['-50.001', '1', 'price', 'below-floor'],
  ])('says what is wrong with %s and %s', (price, kwh, cell, code) => {
    expect(checkRow(price, kwh, RULES)).toEqual({ fault: { cell, code } });
  });

  it('holds the tick', () => {
    expect(checkRow('12.005', '1', { ...RULES, tickRpPerMwh: 10 })).toEqual({ fault: { cell: 'price', code: 'off-tick' } });
    expect(checkRow('12.01', '1', { ...RULES, tickRpPerMwh: 10 })).toHaveProperty('values');
  });
});

describe('OrderDraft', () => {
  it('fills a range with both ends, and only the columns that were given', () => {
    const grid = draft();
    grid.fill(4, 7, '18', '0.5');
    expect(grid.points().map((point) => point.period)).toEqual([4, 5, 6, 7]);
    grid.fill(5, 5, '', '2');
    expect(grid.points()[1]).toEqual({ period: 5, priceRpPerMwh: 18_000, quantityWh: 2000 });
  });

  it('copies a row into all below', () => {
    const grid = draft();
    grid.fill(94, 94, '10', '1');
    grid.copyDown(94);
    expect(grid.points().map((point) => point.period)).toEqual([94, 95]);
  });

  it('adds up energy and money without rounding', () => {
    const grid = draft();
    grid.fill(0, 95, '18.001', '0.333');
    expect(grid.totalWh()).toBe(96 * 333);
    expect(grid.amountUrp()).toBe(96 * 333 * 18_001);
  });

  it('counts the quarter hours that are not right yet and leaves them out', () => {
    const grid = draft();
    grid.fill(0, 1, '18', '1');
    grid.rows[1]!.price.set('18.x');
    expect(grid.faults()).toBe(1);
    expect(grid.points()).toHaveLength(1);
  });

  it('knows what changed since the order was loaded', () => {
    const grid = draft();
    grid.load([{ period: 3, priceRpPerMwh: 12_110, quantityWh: 250 }]);
    expect(grid.rows[3]!.price()).toBe('12.11');
    expect(grid.rows[3]!.kwh()).toBe('0.25');
    expect(grid.changed()).toBe(false);
    grid.rows[3]!.kwh.set('0.250');
    expect(grid.changed()).toBe(false);
    grid.rows[3]!.kwh.set('0.3');
    expect(grid.changed()).toBe(true);
    grid.rebase([{ period: 3, priceRpPerMwh: 12_110, quantityWh: 300 }]);
    expect(grid.changed()).toBe(false);
  });
});
