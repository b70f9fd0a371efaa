import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoPipe } from '@jsverse/transloco';
import { PeriodPrice } from '../api/auctions-client';
import { OrderSide } from '../api/orders-client';
import { PeriodResult } from '../api/results-client';
import { priceUnit } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { OrderDraft, Rules } from './order-draft';
import { OrderRow } from './order-row';
import { OrderWhy } from './order-why';

/** The quarter hours of one auction, a row each, with tools to fill many at once. */
@Component({
  selector: 'ceex-order-grid',
  imports: [Icon, MatButton, OrderRow, OrderWhy, TranslocoPipe],
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
