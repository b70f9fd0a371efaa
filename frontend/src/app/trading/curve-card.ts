import { Component, computed, inject, input, linkedSignal } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { CurvesClient } from '../api/curves-client';
import { Node } from '../api/nodes-client';
import { Chart } from '../ui/chart';
import { Series } from '../ui/chart-option';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { Face } from '../ui/face';
import { formatEnergy, formatPrice } from '../ui/formats';
import { Language } from '../ui/language';
import { Marks } from '../ui/marks';
import { periodLabels } from '../ui/market-time';
import { PricePipe } from '../ui/price-pipe';
import { TextPipe } from '../ui/text-pipe';
import { linesOf } from './curve-lines';

/** What everybody wanted together in a quarter hour, where the curves crossed, and where I took part. */
@Component({
  selector: 'ceex-curve-card',
  imports: [Chart, Empty, EnergyPipe, Face, PricePipe, TextPipe],
  templateUrl: './curve-card.html',
})
export class CurveCard {
  readonly node = input.required<Node>();
  readonly auctionId = input.required<string>();
  readonly starts = input.required<readonly string[]>();

  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);

  /** Noon of a day, or the first quarter hour of a short auction. */
  protected readonly period = linkedSignal(() => (this.starts().length > 2 ? Math.floor(this.starts().length / 2) : 0));
  protected readonly times = computed(() => periodLabels(this.starts()));
  protected readonly curves = inject(CurvesClient).of(() => ({
    nodeId: this.node().nodeId,
    auctionId: this.auctionId(),
    period: this.period(),
  }));

  /** A buyer pays the use of the grid on top of the price at the bus. */
  private readonly fee = computed(() => (this.node().side === 'consumer' ? this.node().withdrawalFeeRpPerMwh : 0));
  private readonly lines = computed(() => {
    const curves = this.curves.hasValue() ? this.curves.value() : undefined;
    return curves?.shown ? linesOf(curves, this.fee()) : undefined;
  });
  protected readonly labels = computed(() => {
    const lang = this.language.current();
    return this.lines()?.prices.map((price) => formatPrice(price, lang, false)) ?? [];
  });
  protected readonly series = computed<Series[]>(() => {
    const lines = this.lines();
    if (!lines) return [];
    return [
      { name: this.text('curve.demand'), tone: 'mine', kind: 'step', values: lines.demand },
      { name: this.text('curve.supply'), tone: 'market', kind: 'step', values: lines.supply },
    ];
  });
  protected readonly marks = computed<Marks | undefined>(() => {
    const lines = this.lines();
    return lines && { now: { at: lines.crossing, name: this.text('curve.price') }, shaded: lines.own };
  });
  protected readonly caption = computed(() => {
    const [lines, lang] = [this.lines(), this.language.current()];
    if (!lines || !this.curves.hasValue()) return '';
    return this.text('curve.caption', {
      at: this.times()[this.period()] ?? '',
      price: formatPrice(this.curves.value().priceRpPerMwh + this.fee(), lang),
      traded: formatEnergy(lines.tradedWh, lang, 1),
    });
  });
  protected readonly energyFormat = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatEnergy(value, lang, 1);
  });

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}
