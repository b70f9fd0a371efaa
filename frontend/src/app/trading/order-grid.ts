import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { PeriodPrice } from '../api/auctions-client';
import { OrderSide } from '../api/orders-client';
import { PeriodResult } from '../api/results-client';
import { priceUnit } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { TextPipe } from '../ui/text-pipe';
import { turns } from '../ui/turns';
import { OrderDraft, Rules } from './order-draft';
import { OrderRow } from './order-row';
import { OrderWhy } from './order-why';

const MOST_ROWS = 100;
const ROWS_A_TURN = 8;

/** The quarter hours of one auction, a row each, with tools to fill many at once. */
@Component({
  selector: 'ceex-order-grid',
  imports: [Icon, MatButton, OrderRow, OrderWhy, TextPipe],
  templateUrl: './order-grid.html',
  styleUrl: './order-grid.scss',
})
export class OrderGrid {
  readonly draft = input.required<OrderDraft>();
  readonly rules = input.required<Rules>();
  readonly side = input.required<OrderSide>();
  readonly editable = input.required<boolean>();
  readonly published = input.required<boolean>();
  readonly results = input<readonly PeriodResult[]>([]);
  /** Why the grid operator curtailed some of them. */
  readonly because = input<string | null>(null);
  readonly prices = input<readonly PeriodPrice[]>([]);
  /** What the server refused, by period. */
  readonly refusals = input<ReadonlyMap<number, string>>(new Map());

  private readonly language = inject(Language);
  protected readonly unit = computed(() => priceUnit(this.language.current()));
  protected readonly resultOf = computed(() => new Map(this.results().map((line) => [line.period, line])));
  protected readonly priceOf = computed(() => new Map(this.prices().map((line) => [line.period, line.priceRpPerMwh])));
  private readonly turn = turns(Math.ceil(MOST_ROWS / ROWS_A_TURN));
  /** The first rows at once, the others as the browser has time for them. */
  protected readonly drawn = computed(() => this.draft().rows.slice(0, (this.turn() + 1) * ROWS_A_TURN));
  protected readonly longDay = computed(() => this.draft().rows.length === 100);
  protected readonly shortDay = computed(() => this.draft().rows.length === 92);

  protected readonly from = signal(0);
  protected readonly until = signal<number | undefined>(undefined);
  protected readonly last = computed(() => this.until() ?? this.draft().rows.length - 1);
  /** The period whose outcome is explained. */
  protected readonly asked = signal<number | undefined>(undefined);
  protected readonly price = signal('');
  protected readonly kwh = signal('');

  protected fill(): void {
    this.draft().fill(this.from(), this.last(), this.price(), this.kwh());
  }
}
