import { Component, DestroyRef, computed, effect, inject, input } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { StrategyName } from '../api/nodes-client';
import { LastWeek, StrategiesClient } from '../api/strategies-client';
import { Chart } from './chart';
import { Series } from './chart-option';
import { Face } from './face';
import { formatMoney } from './formats';
import { Language } from './language';
import { formatTime } from './market-time';
import { TextPipe } from './text-pipe';

const PLANS: readonly StrategyName[] = ['never_lose', 'flexibility'];

/** What my last week would have cost with one strategy, day by day, beside the utility alone. */
@Component({
  selector: 'ceex-strategy-week',
  imports: [Chart, Face, TextPipe],
  template: `
    @if (!week.hasValue()) {
      <ceex-face [of]="week" [lines]="4" />
    } @else if (plansNothing()) {
      <p class="small notice" data-testid="needs-battery">{{ 'strategy-week.needs-battery' | transloco }}</p>
    } @else if (!week.value().isReady) {
      <p class="small" role="status">{{ 'strategy-week.computing' | transloco }}</p>
    } @else if (tried()) {
      <ceex-chart
        [labels]="labels()"
        [series]="series()"
        [caption]="caption()"
        [labelName]="'strategy-week.day' | transloco"
        [format]="format()"
        [axisFormat]="format()"
      />
      <p class="small quiet">{{ (week.value().isProvisional ? 'strategy-week.provisional' : 'strategy-week.means') | transloco }}</p>
    } @else {
      <p class="small">{{ 'strategy-week.none' | transloco }}</p>
    }
  `,
  styles: `
    :host { display: block; margin-top: 0.5rem; }
  `,
})
export class StrategyWeek {
  readonly nodeId = input.required<string>();
  readonly strategy = input.required<StrategyName>();

  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);
  protected readonly week = inject(StrategiesClient).lastWeek(this.nodeId);
  private readonly answer = computed<LastWeek | undefined>(() => (this.week.hasValue() ? this.week.value() : undefined));
  protected readonly plansNothing = computed(
    () => this.answer()?.hasBattery === false && !this.answer()?.hasLoads && PLANS.includes(this.strategy()),
  );
  protected readonly tried = computed(() => this.answer()?.strategies.find((each) => each.strategy === this.strategy()));

  protected readonly labels = computed(() =>
    (this.tried()?.days ?? []).map(({ day }) => formatTime(`${day}T12:00:00Z`, this.language.current(), 'weekday')),
  );
  protected readonly series = computed<Series[]>(() => {
    const days = this.tried()?.days ?? [];
    return [
      { name: this.name(this.strategy()), tone: 'mine', kind: 'line', values: days.map((day) => day.costUrp) },
      { name: this.text('strategy-week.utility'), tone: 'network', kind: 'line', values: days.map((day) => day.utilityCostUrp) },
    ];
  });
  protected readonly caption = computed(() => {
    const [answer, tried] = [this.answer(), this.tried()];
    if (!answer || !tried) return '';
    const parts = [this.sentence('would', tried.costUrp, { strategy: this.name(tried.strategy) })];
    parts.push(this.sentence('alone', answer.utilityCostUrp));
    const mine = answer.strategies.find((each) => each.strategy === answer.chosen);
    if (mine && mine !== tried) {
      parts.push(this.sentence('chosen', mine.costUrp, { strategy: this.name(mine.strategy) }));
    }
    if (tried.storedUrp !== 0) {
      const amount = formatMoney(tried.storedUrp, this.language.current(), true);
      parts.push(this.text('strategy-week.stored', { amount }));
    }
    return parts.join(' ');
  });
  protected readonly format = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatMoney(value, lang);
  });

  constructor() {
    // While it is being computed, the server says when to ask again.
    let timer: ReturnType<typeof setTimeout> | undefined;
    effect(() => {
      const answer = this.answer();
      clearTimeout(timer);
      if (answer && !answer.isReady) timer = setTimeout(() => this.week.reload(), Math.max(1, answer.retryAfterS) * 1_000);
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  }

  /** A sum with its own words for paid and for earned. */
  private sentence(key: 'would' | 'alone' | 'chosen', urp: number, params: Record<string, unknown> = {}): string {
    const amount = formatMoney(Math.abs(urp), this.language.current());
    return this.text(urp < 0 ? `strategy-week.${key}-earned` : `strategy-week.${key}-paid`, { ...params, amount });
  }

  private name(strategy: StrategyName): string {
    return this.text(`strategy.${strategy}.name`);
  }

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}
