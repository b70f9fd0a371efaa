import { Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Metrics, MetricsClient } from '../api/metrics-client';
import { Household } from '../auth/household';
import { Choice } from '../ui/choice';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { dayOf } from '../ui/market-time';
import { MoneyPipe } from '../ui/money-pipe';
import { PercentPipe } from '../ui/percent-pipe';
import { Preset, instantsOf, rangeOf, sameInstants } from '../ui/range';
import { TextPipe } from '../ui/text-pipe';
import { togetherOf } from './together';

/** Three figures of the whole household, what it used and what it made together, in a span of days. */
@Component({
  selector: 'ceex-figures-card',
  imports: [Choice, Face, Icon, MoneyPipe, PercentPipe, RouterLink, TextPipe],
  templateUrl: './figures-card.html',
  styleUrl: './figures-card.scss',
})
export class FiguresCard {
  private readonly household = inject(Household);
  private readonly clock = inject(ExchangeClock);
  private readonly metrics = inject(MetricsClient);

  protected readonly presets = ['week', 'month', 'year'] as const satisfies readonly Preset[];
  protected readonly preset = signal<Preset>('month');
  private readonly span = computed(
    () => {
      const now = this.clock.now() ?? (this.clock.failed() ? Date.now() : undefined);
      return now === undefined ? undefined : instantsOf(rangeOf(this.preset(), dayOf(now), { from: '', to: '' }));
    },
    { equal: sameInstants },
  );
  protected readonly used = this.metrics.of(() => this.household.pairing()?.consumerNodeId, this.span);
  protected readonly made = this.metrics.of(() => this.household.pairing()?.producerNodeId ?? undefined, this.span);
  protected readonly figures = computed(() => {
    const reads = this.household.hasProducer() ? [this.used, this.made] : [this.used];
    const known = reads.flatMap((read): Metrics[] => (read.hasValue() ? [read.value()] : []));
    return known.length === reads.length ? togetherOf(known) : undefined;
  });
}
