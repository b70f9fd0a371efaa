import { Signal, WritableSignal, computed, signal } from '@angular/core';
import { Market } from '../api/markets-client';
import { OrderPoint } from '../api/orders-client';
import { NumberFault, parseNumber, writeNumber } from '../ui/numbers';
import { FileLine } from './order-file';

/** Prices are typed in thousandths of a Rappen per kWh, energies in Wh: both with three decimals. */
const SCALE = 3;

export type RowFault =
  NumberFault | 'price-missing' | 'quantity-missing' | 'off-tick' | 'below-floor' | 'above-cap' | 'below-minimum';

export type Rules = Pick<Market, 'tickRpPerMwh' | 'priceFloorRpPerMwh' | 'priceCapRpPerMwh' | 'minQuantityWh'>;

export interface DraftRow {
  readonly period: number;
  readonly startsAt: string;
  readonly label: string;
  readonly price: WritableSignal<string>;
  readonly kwh: WritableSignal<string>;
  /** The order's point for this quarter hour; undefined if there is none or it is not right yet. */
  readonly point: Signal<OrderPoint | undefined>;
  readonly fault: Signal<{ cell: 'price' | 'kwh'; code: RowFault } | undefined>;
}

/** What a household is typing into the grid of quarter hours, checked at every keystroke. */
export class OrderDraft {
  readonly rows: readonly DraftRow[];
  private readonly base = signal('[]');

  readonly points = computed(() => this.rows.map((row) => row.point()).filter((point) => point !== undefined));
  readonly faults = computed(() => this.rows.filter((row) => row.fault()).length);
  readonly totalWh = computed(() => this.points().reduce((sum, point) => sum + point.quantityWh, 0));
  /** What the order pays or earns at its own limits: Rp/MWh × Wh is µRp. */
  readonly amountUrp = computed(() =>
    this.points().reduce((sum, point) => sum + point.priceRpPerMwh * point.quantityWh, 0),
  );
  /** The one limit of the whole order; undefined where there are several. */
  readonly limit = computed(() => {
    const [first, ...rest] = this.points();
    return rest.every((point) => point.priceRpPerMwh === first?.priceRpPerMwh) ? first?.priceRpPerMwh : undefined;
  });
  readonly changed = computed(() => JSON.stringify(this.points()) !== this.base());

  constructor(
    periodStarts: readonly string[],
    labels: readonly string[],
    private readonly rules: Rules,
    private readonly locale: string,
  ) {
    this.rows = periodStarts.map((startsAt, period) => this.row(period, startsAt, labels[period] ?? ''));
  }

  /** Shows an order's points; what is shown now counts as unchanged. */
  load(points: readonly OrderPoint[]): void {
    this.enter(points);
    this.base.set(JSON.stringify(this.points()));
  }

  /** Enters points as if they had been typed. */
  enter(points: readonly OrderPoint[]): void {
    const of = new Map(points.map((point) => [point.period, point]));
    for (const row of this.rows) {
      const point = of.get(row.period);
      row.price.set(point ? writeNumber(point.priceRpPerMwh, SCALE, this.locale) : '');
      row.kwh.set(point ? writeNumber(point.quantityWh, SCALE, this.locale) : '');
    }
  }

  /** Enters the lines of a file as if they had been typed; rows it does not name become empty. */
  take(lines: readonly FileLine[]): void {
    const of = new Map(lines.map((line) => [line.label, line]));
    for (const row of this.rows) {
      row.price.set(of.get(row.label)?.price ?? '');
      row.kwh.set(of.get(row.label)?.kwh ?? '');
    }
  }

  /** The order as it stands at the server now, without touching what is being typed. */
  rebase(points: readonly OrderPoint[]): void {
    this.base.set(JSON.stringify(points));
  }

  /** Fills a range, both ends included; a text left empty leaves its column as it is. */
  fill(from: number, to: number, price: string, kwh: string): void {
    for (const row of this.rows.slice(from, to + 1)) {
      if (price.trim()) row.price.set(price.trim());
      if (kwh.trim()) row.kwh.set(kwh.trim());
    }
  }

  /** Copies one row into all rows below it. */
  copyDown(period: number): void {
    const source = this.rows[period];
    if (!source) return;
    for (const row of this.rows.slice(period + 1)) {
      row.price.set(source.price());
      row.kwh.set(source.kwh());
    }
  }

  clear(): void {
    for (const row of this.rows) {
      row.price.set('');
      row.kwh.set('');
    }
  }

  private row(period: number, startsAt: string, label: string): DraftRow {
    const [price, kwh] = [signal(''), signal('')];
    const checked = computed(() => checkRow(price(), kwh(), this.rules));
    return {
      period,
      startsAt,
      label,
      price,
      kwh,
      fault: computed(() => checked().fault),
      point: computed(() => {
        const { values } = checked();
        return values && { period, ...values };
      }),
    };
  }
}

interface Checked {
  values?: { priceRpPerMwh: number; quantityWh: number };
  fault?: { cell: 'price' | 'kwh'; code: RowFault };
}

/** A row without energy is no order; everything else must be right in both cells. */
export function checkRow(priceText: string, kwhText: string, rules: Rules): Checked {
  const [price, kwh] = [parseNumber(priceText, SCALE), parseNumber(kwhText, SCALE)];
  if (price.fault && price.fault !== 'empty') return { fault: { cell: 'price', code: price.fault } };
  if (kwh.fault && kwh.fault !== 'empty') return { fault: { cell: 'kwh', code: kwh.fault } };
  if (kwh.value === undefined || kwh.value === 0) {
    return price.value === undefined || kwh.value === 0 ? {} : { fault: { cell: 'kwh', code: 'quantity-missing' } };
  }
  if (kwh.value < rules.minQuantityWh) return { fault: { cell: 'kwh', code: 'below-minimum' } };
  if (price.value === undefined) return { fault: { cell: 'price', code: 'price-missing' } };
  const code = priceFault(price.value, rules);
  if (code) return { fault: { cell: 'price', code } };
  return { values: { priceRpPerMwh: price.value, quantityWh: kwh.value } };
}

function priceFault(price: number, rules: Rules): RowFault | undefined {
  if (price < rules.priceFloorRpPerMwh) return 'below-floor';
  if (price > rules.priceCapRpPerMwh) return 'above-cap';
  return price % rules.tickRpPerMwh === 0 ? undefined : 'off-tick';
}
