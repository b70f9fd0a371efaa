import { Component, DestroyRef, computed, inject, signal } from '@angular/core';
import { TranslocoPipe, TranslocoService } from '@jsverse/transloco';
import { Metrics, MetricsClient } from '../api/metrics-client';
import { Household } from '../auth/household';
import { SideToggle } from '../auth/side-toggle';
import { Chart } from '../ui/chart';
import { Series } from '../ui/chart-option';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { decimal, formatEnergy, formatPrice } from '../ui/formats';
import { Language } from '../ui/language';
import { dayOf, formatTime, startOfDay } from '../ui/market-time';
import { MoneyPipe } from '../ui/money-pipe';
import { PricePipe } from '../ui/price-pipe';
import { TimePipe } from '../ui/time-pipe';
import { daysOf, meanPrice, priceOn } from './figures';
import { PRESETS, Preset, Range, instantsOf, rangeFault, rangeOf } from '../ui/range';
import { RangeChoice } from '../ui/range-choice';

/** What the household used or made in a span of days, at which price, and what that saved. */
@Component({
  selector: 'ceex-dashboard-page',
  imports: [
    Chart,
    Empty,
    EnergyPipe,
    Face,
    MoneyPipe,
    PricePipe,
    RangeChoice,
    SideToggle,
    TimePipe,
    TranslocoPipe,
  ],
  templateUrl: './dashboard-page.html',
  styleUrl: './dashboard-page.scss',
})
export class DashboardPage {
  protected readonly household = inject(Household);
  private readonly clock = inject(ExchangeClock);
  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);

  protected readonly presets = PRESETS;
  protected readonly preset = signal<Preset>('month');
  protected readonly custom = signal<Range>({ from: '', to: '' });
  protected readonly today = computed(() => dayOf(this.clock.now() ?? Date.now()));
  protected readonly range = computed(() => rangeOf(this.preset(), this.today(), this.custom()), {
    equal: (a, b) => a.from === b.from && a.to === b.to,
  });
  protected readonly fault = computed(() => rangeFault(this.range()));
  protected readonly ends = computed(() => ({ from: startOfDay(this.range().from), to: startOfDay(this.range().to) }));

  // One range drives every figure on the page.
  protected readonly metrics = inject(MetricsClient).of(this.household.nodeId, () => {
    // Without the exchange's clock the browser's day must do.
    const known = this.clock.now() !== undefined || this.clock.failed();
    return known && !this.fault() ? instantsOf(this.range()) : undefined;
  });
  private readonly figures = computed(() => (this.metrics.hasValue() ? this.metrics.value() : undefined));
  protected readonly share = computed(() => {
    const figures = this.figures();
    return figures && figures.totalWh > 0 ? figures.communityWh / figures.totalWh : 0;
  });

  private readonly days = computed(() => daysOf(this.figures()));
  protected readonly labels = computed(() => {
    const lang = this.language.current();
    return this.days().map((day) => formatTime(startOfDay(day), lang, 'day'));
  });
  protected readonly priceSeries = computed<Series[]>(() => {
    const [figures, days] = [this.figures(), this.days()];
    if (!figures) return [];
    const [mine, market] = [priceOn(figures.myPrices), priceOn(figures.marketPrices)];
    return [
      { name: this.text('dashboard.my-price'), tone: 'mine', kind: 'line', values: days.map((day) => mine.get(day) ?? null) },
      {
        name: this.text('dashboard.market-price'),
        tone: 'market',
        kind: 'line',
        values: days.map((day) => market.get(day) ?? null),
      },
    ];
  });
  protected readonly energySeries = computed<Series[]>(() => {
    const daily = new Map(this.figures()?.daily.map((day) => [dayOf(day.at), day]));
    const days = this.days();
    return [
      {
        name: this.text('dashboard.community'),
        tone: 'community',
        kind: 'bar',
        values: days.map((day) => daily.get(day)?.communityWh ?? 0),
      },
      {
        name: this.text('dashboard.network'),
        tone: 'network',
        kind: 'bar',
        values: days.map((day) => daily.get(day)?.networkWh ?? 0),
      },
    ];
  });
  protected readonly priceCaption = computed(() => this.captionOf(this.figures()));
  protected readonly energyCaption = computed(() => {
    const figures = this.figures();
    const lang = this.language.current();
    return this.text(`dashboard.energy-caption-${this.household.side()}`, {
      total: formatEnergy(figures?.totalWh ?? 0, lang),
      share: this.percent(this.share()),
      days: this.days().length,
    });
  });
  protected readonly priceFormat = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatPrice(value, lang);
  });
  protected readonly priceAxis = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatPrice(value, lang, false);
  });
  protected readonly energyFormat = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatEnergy(value, lang);
  });

  constructor() {
    this.clock.runFor(inject(DestroyRef));
  }

  protected choose(preset: Preset): void {
    // A custom span starts from the one that was shown.
    if (preset === 'custom') this.custom.set(this.range());
    this.preset.set(preset);
  }

  protected percent(share: number): string {
    return `${decimal(share * 100, this.language.current(), 0)}\u00a0%`;
  }

  private captionOf(figures: Metrics | undefined): string {
    const lang = this.language.current();
    const market = meanPrice(figures?.marketPrices ?? []);
    if (figures?.averagePriceRpPerMwh == null || market === undefined) return this.text('dashboard.no-price');
    return this.text(`dashboard.price-caption-${this.household.side()}`, {
      mine: formatPrice(figures.averagePriceRpPerMwh, lang),
      market: formatPrice(Math.round(market), lang),
    });
  }

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}
