import { Component, DestroyRef, computed, inject, signal } from '@angular/core';
import { BalancesClient } from '../api/balances-client';
import { MetricsClient } from '../api/metrics-client';
import { Household } from '../auth/household';
import { SideToggle } from '../auth/side-toggle';
import { Choice } from '../ui/choice';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { Language } from '../ui/language';
import { dayOf, startOfDay } from '../ui/market-time';
import { MoneyPipe } from '../ui/money-pipe';
import { PercentPipe } from '../ui/percent-pipe';
import { PricePipe } from '../ui/price-pipe';
import { SurenessMark } from '../ui/sureness-mark';
import { TimePipe } from '../ui/time-pipe';
import { PRESETS, Preset, Range, instantsOf, lengthOf, rangeFault, rangeOf, sameInstants } from '../ui/range';
import { TextPipe } from '../ui/text-pipe';
import { DashboardCharts } from './dashboard-charts';
import { MOST_DAYS_OF, Point, VIEWS, View, dayPoints, quarterPoints, surenessOf, viewOf } from './points';

/** What the household used or made in a span of days, at which price, and what that saved. */
@Component({
  selector: 'ceex-dashboard-page',
  imports: [
    Choice,
    DashboardCharts,
    Empty,
    EnergyPipe,
    Face,
    MoneyPipe,
    PercentPipe,
    PricePipe,
    SideToggle,
    SurenessMark,
    TextPipe,
    TimePipe,
  ],
  templateUrl: './dashboard-page.html',
  styleUrl: './dashboard-page.scss',
})
export class DashboardPage {
  protected readonly household = inject(Household);
  private readonly clock = inject(ExchangeClock);
  private readonly language = inject(Language);
  private readonly balancesClient = inject(BalancesClient);

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
  private readonly span = computed(
    () => {
      // Without the exchange's clock the browser's day must do.
      const known = this.clock.now() !== undefined || this.clock.failed();
      return known && !this.fault() ? instantsOf(this.range()) : undefined;
    },
    { equal: sameInstants },
  );
  protected readonly metrics = inject(MetricsClient).of(this.household.nodeId, this.span);
  private readonly figures = computed(() => (this.metrics.hasValue() ? this.metrics.value() : undefined));
  protected readonly share = computed(() => {
    const figures = this.figures();
    return figures && figures.totalWh > 0 ? figures.communityWh / figures.totalWh : 0;
  });

  // What of the days is still uncertain, and what differed from the schedule: the page is read before it is here.
  protected readonly balances = this.balancesClient.days(this.household.nodeId, this.span);
  protected readonly imbalance = computed(() => {
    const days = this.balances.hasValue() ? this.balances.value() : undefined;
    return days && {
      moreWh: days.reduce((sum, day) => sum + day.moreWh, 0),
      lessWh: days.reduce((sum, day) => sum + day.lessWh, 0),
      costUrp: days.reduce((sum, day) => sum + day.imbalanceCostUrp, 0),
    };
  });
  protected readonly sureness = computed(() =>
    this.balances.hasValue() ? surenessOf(this.balances.value(), this.range()) : undefined,
  );

  private readonly length = computed(() => lengthOf(this.range()));
  protected readonly views = computed(() => VIEWS.filter((view) => this.length() <= MOST_DAYS_OF[view]));
  protected readonly chosenView = signal<View | undefined>(undefined);
  protected readonly view = computed<View>(() => {
    const chosen = this.chosenView();
    return chosen && this.views().includes(chosen) ? chosen : viewOf(this.length());
  });
  protected readonly isFine = computed(() => this.view() === 'quarter' || this.view() === 'hour');
  protected readonly quarters = this.balancesClient.quarters(this.household.nodeId, () =>
    this.isFine() ? this.span() : undefined,
  );
  protected readonly points = computed<readonly Point[] | undefined>(() => {
    const [figures, view, lang] = [this.figures(), this.view(), this.language.current()];
    const sign = this.household.side() === 'producer' ? -1 : 1;
    if (view === 'quarter' || view === 'hour') {
      return this.quarters.hasValue() ? quarterPoints(this.quarters.value(), view, lang, sign) : undefined;
    }
    return figures && this.balances.hasValue() ? dayPoints(figures, this.balances.value(), view, lang, sign) : undefined;
  });

  constructor() {
    this.clock.runFor(inject(DestroyRef));
  }

  protected choose(preset: Preset): void {
    // A custom span starts from the one that was shown.
    if (preset === 'custom') this.custom.set(this.range());
    this.preset.set(preset);
  }
}
