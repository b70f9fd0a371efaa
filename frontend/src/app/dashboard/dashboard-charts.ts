import { Component, computed, inject, input, signal } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { Metrics } from '../api/metrics-client';
import { NodeSide } from '../api/nodes-client';
import { Chart } from '../ui/chart';
import { Notes } from '../ui/chart-csv';
import { Series } from '../ui/chart-option';
import { Choice } from '../ui/choice';
import { formatEnergy, formatMoney, formatPercent, formatPrice } from '../ui/formats';
import { Language } from '../ui/language';
import { Marks, spansOf } from '../ui/marks';
import { TextPipe } from '../ui/text-pipe';
import { Point, View, meanOf } from './points';

/** Prices, energy or money, and differences to the schedule: one place per quarter hour, hour, day or month. */
@Component({
  selector: 'ceex-dashboard-charts',
  imports: [Chart, Choice, TextPipe],
  templateUrl: './dashboard-charts.html',
  styleUrl: './dashboard-charts.scss',
})
export class DashboardCharts {
  readonly points = input.required<readonly Point[]>();
  readonly view = input.required<View>();
  readonly side = input.required<NodeSide>();
  /** What the captions say is of the whole span, however fine the view. */
  readonly figures = input.required<Metrics>();
  readonly share = input.required<number>();
  /** Not read yet, perhaps. */
  readonly imbalance = input.required<{ moreWh: number; lessWh: number; costUrp: number } | undefined>();

  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);
  /** Whether energy is shown, or what it cost. */
  protected readonly units = ['kwh', 'chf'] as const;
  protected readonly unit = signal<'kwh' | 'chf'>('kwh');

  protected readonly labels = computed(() => this.points().map((point) => point.label));
  protected readonly labelName = computed(() => this.text(`dashboard.view-${this.view()}`));
  protected readonly notes = computed<Notes>(() => ({
    name: this.text('mark.title'),
    values: this.points().map((point) => this.text(`mark.${point.mark}`)),
  }));
  protected readonly marks = computed<Marks>(() => ({
    shaded: spansOf(this.points().flatMap((point, at) => (point.mark === 'final' ? [] : [at]))),
  }));

  protected readonly prices = computed<Series[]>(() => [
    this.row('dashboard.my-price', 'mine', this.line(), (point) => point.myPriceRpPerMwh),
    this.row('dashboard.market-price', 'market', this.line(), (point) => point.marketPriceRpPerMwh),
  ]);
  protected readonly energy = computed<Series[]>(() =>
    this.unit() === 'kwh'
      ? [
          this.row('dashboard.community', 'community', 'bar', (point) => point.communityWh),
          this.row('dashboard.network', 'network', 'bar', (point) => point.networkWh),
        ]
      : [this.row(`dashboard.amount-${this.side()}`, 'mine', 'bar', (point) => this.sign() * point.costUrp)],
  );
  protected readonly imbalances = computed<Series[]>(() => [
    this.row('dashboard.more', 'mine', 'bar', (point) => point.moreWh),
    this.row('dashboard.less', 'market', 'bar', (point) => -point.lessWh),
  ]);

  protected readonly priceCaption = computed(() => {
    const [lang, mine] = [this.language.current(), this.figures().averagePriceRpPerMwh];
    const market = meanOf(this.figures().marketPrices.map((day) => day.priceRpPerMwh));
    if (mine === null || market === null) return this.text('dashboard.no-price');
    return this.text(`dashboard.price-caption-${this.side()}`, {
      mine: formatPrice(mine, lang),
      market: formatPrice(market, lang),
    });
  });
  protected readonly energyCaption = computed(() => {
    const [lang, figures] = [this.language.current(), this.figures()];
    return this.text(`dashboard.energy-caption-${this.side()}`, {
      total: formatEnergy(figures.totalWh, lang),
      share: formatPercent(this.share(), lang),
      amount: formatMoney(this.sign() * figures.costUrp, lang),
    });
  });
  protected readonly imbalanceCaption = computed(() => {
    const [lang, imbalance] = [this.language.current(), this.imbalance()];
    if (!imbalance) return '';
    const { moreWh, lessWh, costUrp } = imbalance;
    return this.text(costUrp < 0 ? 'dashboard.imbalance-earned' : 'dashboard.imbalance-paid', {
      more: formatEnergy(moreWh, lang),
      less: formatEnergy(lessWh, lang),
      amount: formatMoney(Math.abs(costUrp), lang),
    });
  });

  protected readonly asPrice = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatPrice(value, lang);
  });
  protected readonly asPlainPrice = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatPrice(value, lang, false);
  });
  protected readonly asEnergy = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatEnergy(value, lang);
  });
  protected readonly asUnit = computed(() => {
    const lang = this.language.current();
    return this.unit() === 'kwh' ? this.asEnergy() : (value: number) => formatMoney(value, lang);
  });

  private line(): 'step' | 'line' {
    return this.view() === 'quarter' || this.view() === 'hour' ? 'step' : 'line';
  }

  /** What a household pays and what it earns are both positive to it. */
  private sign(): number {
    return this.side() === 'producer' ? -1 : 1;
  }

  private row(name: string, tone: Series['tone'], kind: Series['kind'], of: (point: Point) => number | null): Series {
    return { name: this.text(name), tone, kind, values: this.points().map(of) };
  }

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}
