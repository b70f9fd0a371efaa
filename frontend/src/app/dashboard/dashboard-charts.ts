import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButtonToggle, MatButtonToggleGroup } from '@angular/material/button-toggle';
import { TranslocoPipe, TranslocoService } from '@jsverse/transloco';
import { NodeSide } from '../api/nodes-client';
import { Chart } from '../ui/chart';
import { Notes } from '../ui/chart-csv';
import { Series } from '../ui/chart-option';
import { formatEnergy, formatMoney, formatPrice } from '../ui/formats';
import { Language } from '../ui/language';
import { Marks, spansOf } from '../ui/marks';
import { Point, View, meanOf } from './points';

/** Prices, energy or money, and differences to the schedule: one place per quarter hour, hour, day or month. */
@Component({
  selector: 'ceex-dashboard-charts',
  imports: [Chart, MatButtonToggle, MatButtonToggleGroup, TranslocoPipe],
  templateUrl: './dashboard-charts.html',
  styleUrl: './dashboard-charts.scss',
})
export class DashboardCharts {
  readonly points = input.required<readonly Point[]>();
  readonly view = input.required<View>();
  readonly side = input.required<NodeSide>();
  readonly averageRpPerMwh = input.required<number | null>();
  readonly share = input.required<string>();
  readonly imbalanceCostUrp = input.required<number>();

  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);
  /** Whether energy is shown, or what it cost. */
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
          this.row('dashboard.network', 'network', 'bar', (point) => point.totalWh - point.communityWh),
        ]
      : [this.row(`dashboard.amount-${this.side()}`, 'mine', 'bar', (point) => this.sign() * point.costUrp)],
  );
  protected readonly imbalances = computed<Series[]>(() => [
    this.row('dashboard.more', 'mine', 'bar', (point) => point.moreWh),
    this.row('dashboard.less', 'market', 'bar', (point) => -point.lessWh),
  ]);

  protected readonly priceCaption = computed(() => {
    const [lang, mine] = [this.language.current(), this.averageRpPerMwh()];
    const market = meanOf(this.points().map((point) => point.marketPriceRpPerMwh));
    if (mine === null || market === null) return this.text('dashboard.no-price');
    return this.text(`dashboard.price-caption-${this.side()}`, {
      mine: formatPrice(mine, lang),
      market: formatPrice(market, lang),
    });
  });
  protected readonly energyCaption = computed(() => {
    const lang = this.language.current();
    const costUrp = this.sum((point) => point.costUrp) * this.sign();
    return this.text(`dashboard.energy-caption-${this.side()}`, {
      total: formatEnergy(this.sum((point) => point.totalWh), lang),
      share: this.share(),
      amount: formatMoney(costUrp, lang),
    });
  });
  protected readonly imbalanceCaption = computed(() => {
    const [lang, costUrp] = [this.language.current(), this.imbalanceCostUrp()];
    return this.text(costUrp < 0 ? 'dashboard.imbalance-earned' : 'dashboard.imbalance-paid', {
      more: formatEnergy(this.sum((point) => point.moreWh), lang),
      less: formatEnergy(this.sum((point) => point.lessWh), lang),
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

  private sum(of: (point: Point) => number): number {
    return this.points().reduce((total, point) => total + of(point), 0);
  }

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}
