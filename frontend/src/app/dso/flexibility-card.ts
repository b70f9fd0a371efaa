import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoService } from '@jsverse/transloco';
import { Observable } from 'rxjs';
import { FlexibilityOrder, GridSeatClient, LineFlows } from '../api/grid-seat-client';
import { OrderSide } from '../api/orders-client';
import { EnergyPipe } from '../ui/energy-pipe';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { Language } from '../ui/language';
import { formatTime } from '../ui/market-time';
import { parseNumber } from '../ui/numbers';
import { PricePipe } from '../ui/price-pipe';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { quarterHours } from './quarter-hours';
import { SpanChoice } from './span-choice';

/** The grid operator's own orders at a bus of its grid, and what it bought or sold by them. */
@Component({
  selector: 'ceex-flexibility-card',
  imports: [EnergyPipe, Face, MatButton, PricePipe, ProblemNotice, SpanChoice, TextPipe],
  templateUrl: './flexibility-card.html',
  styleUrl: './form.scss',
})
export class FlexibilityCard {
  readonly dsoId = input.required<string>();
  readonly buses = input.required<readonly LineFlows[]>();

  private readonly seat = inject(GridSeatClient);
  private readonly clock = inject(ExchangeClock);
  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);

  protected readonly orders = this.seat.flexibility(() => this.dsoId());
  protected readonly gates = computed(() =>
    (['dam', 'rtm'] as const).flatMap((market) => this.clock.nextGate(market) ?? []),
  );
  private readonly wanted = signal<string | undefined>(undefined);
  protected readonly gate = computed(() => this.gates().find((gate) => gate.auctionId === this.wanted()) ?? this.gates()[0]);
  private readonly auction = computed(() => this.gate()?.auctionId);
  protected readonly quarters = computed(() => {
    const gate = this.gate();
    return gate ? quarterHours(new Date(gate.deliveryStartsAt), new Date(gate.deliveryEndsAt)) : [];
  });
  protected readonly bus = linkedSignal(() => this.buses()[0]?.fromBus);
  protected readonly side = signal<OrderSide>('buy');
  protected readonly first = linkedSignal({ source: this.auction, computation: () => 0 });
  protected readonly last = linkedSignal({ source: this.auction, computation: () => 0 });
  protected readonly price = signal('');
  protected readonly kwh = signal('');
  protected readonly fault = signal('');
  protected readonly sending = new Sending();
  protected readonly done = signal('');

  protected nameOf(gate: { marketId: string; deliveryStartsAt: string }): string {
    const lang = this.language.current();
    const when = formatTime(gate.deliveryStartsAt, lang, gate.marketId === 'dam' ? 'weekday' : 'dateTime');
    return `${this.transloco.translate(`market.${gate.marketId}`, {}, lang)}, ${when}`;
  }

  protected choose(auctionId: string): void {
    this.wanted.set(auctionId);
  }

  protected place(event: Event): void {
    event.preventDefault();
    const [bus, gate] = [this.bus(), this.gate()];
    const [price, kwh] = [parseNumber(this.price(), 3), parseNumber(this.kwh(), 3)];
    const wrong = price.fault ?? kwh.fault;
    this.fault.set(wrong ? `field.${wrong}` : '');
    if (price.value === undefined || kwh.value === undefined || !bus || !gate) return;
    const length = Math.max(this.last() - this.first(), 0) + 1;
    const [priceRpPerMwh, quantityWh] = [price.value, kwh.value];
    const points = Array.from({ length }, (_, index) => ({ period: this.first() + index, priceRpPerMwh, quantityWh }));
    const order = { auctionId: gate.auctionId, busName: bus, side: this.side(), points };
    void this.send(this.seat.order(this.dsoId(), order), 'dso.ordered');
  }

  protected takeBack(order: FlexibilityOrder): void {
    void this.send(this.seat.takeBack(this.dsoId(), order.orderId), 'dso.taken-back');
  }

  /** The average price of what was accepted, by energy. */
  protected average(order: FlexibilityOrder): number | null {
    const wh = order.periods.reduce((sum, each) => sum + each.acceptedWh, 0);
    const urp = order.periods.reduce((sum, each) => sum + each.acceptedWh * each.priceRpPerMwh, 0);
    return wh > 0 ? Math.round(urp / wh) : null;
  }

  private async send(request: Observable<unknown>, said: string): Promise<void> {
    this.done.set('');
    const answer = await this.sending.send(request);
    if ('value' in answer) this.done.set(this.transloco.translate(said, {}, this.language.current()));
    this.orders.reload();
  }
}
