import { Component, computed, effect, inject, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { AuctionsClient } from '../api/auctions-client';
import { Order, OrderState, OrdersClient } from '../api/orders-client';
import { Household } from '../auth/household';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face, Read } from '../ui/face';
import { Icon, IconName } from '../ui/icon';
import { addDays, dayOf } from '../ui/market-time';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { Unread } from '../ui/unread';
import { standing } from './next-orders';

const SHOWN = 6;
const DAYS_AHEAD = 3;
const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const ICONS: Partial<Record<OrderState, IconName>> = {
  open: 'clock',
  frozen: 'lock',
  accepted: 'check',
  'partly-accepted': 'partly',
  'not-accepted': 'close',
};

/** My orders whose delivery lies ahead, the next first, each with what has become of it. */
@Component({
  selector: 'ceex-orders-card',
  imports: [Empty, EnergyPipe, Face, Icon, MatButton, RouterLink, TextPipe, TimePipe],
  templateUrl: './orders-card.html',
  styleUrl: './orders-card.scss',
})
export class OrdersCard {
  private readonly household = inject(Household);
  private readonly clock = inject(ExchangeClock);
  private readonly unread = inject(Unread);
  private readonly ordersClient = inject(OrdersClient);
  private readonly auctionsClient = inject(AuctionsClient);

  /** From this hour on: a new question once an hour, not every second. */
  private readonly hour = computed(() => {
    const now = this.clock.now() ?? (this.clock.failed() ? Date.now() : undefined);
    return now === undefined ? undefined : Math.floor(now / HOUR_MS) * HOUR_MS;
  });
  private readonly quarter = computed(() => Math.floor((this.clock.now() ?? Date.now()) / QUARTER_MS) * QUARTER_MS);
  private readonly span = computed(() => {
    const hour = this.hour();
    if (hour === undefined) return undefined;
    return { from: new Date(hour).toISOString(), to: addDays(dayOf(hour), DAYS_AHEAD) };
  });
  protected readonly used = this.ordersClient.between(() => this.household.pairing()?.consumerNodeId, this.span);
  protected readonly made = this.ordersClient.between(
    () => this.household.pairing()?.producerNodeId ?? undefined,
    this.span,
  );
  protected readonly dam = this.auctionsClient.list(() => {
    const span = this.span();
    return span && { market: 'dam', from: dayOf(span.from), to: span.to };
  });
  // Their gates open the day before.
  protected readonly rtm = this.auctionsClient.list(() => {
    const span = this.span();
    return span && { market: 'rtm', from: span.from, to: addDays(dayOf(span.from), 2) };
  });
  private readonly reads = computed<(Read & { hasValue(): boolean })[]>(() => [
    this.dam,
    this.rtm,
    this.used,
    ...(this.household.hasProducer() ? [this.made] : []),
  ]);
  /** The read to blame or to wait for, if the orders cannot be shown yet. */
  protected readonly wanting = computed(
    () => this.reads().find((read) => read.error()) ?? this.reads().find((read) => !read.hasValue()),
  );
  protected readonly all = computed(() => {
    const orders: Order[] = [this.used, this.made].flatMap((read) => (read.hasValue() ? read.value().items : []));
    const auctions = [this.dam, this.rtm].flatMap((read) => (read.hasValue() ? read.value().items : []));
    return standing(orders, auctions, this.quarter());
  });
  protected readonly shown = computed(() => this.all().slice(0, SHOWN));

  constructor() {
    // A result comes with a notification.
    const before = this.unread.came();
    effect(() => {
      if (this.unread.came() !== before) untracked(() => this.reads().forEach((read) => read.reload()));
    });
  }

  protected iconOf(state: OrderState): IconName {
    return ICONS[state] ?? 'info';
  }
}
