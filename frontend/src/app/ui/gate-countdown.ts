import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, DestroyRef, computed, effect, inject, input, untracked } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { MarketId } from '../api/markets-client';
import { clockFace, dueAnnouncement } from './countdown';
import { ExchangeClock } from './exchange-clock';
import { Icon } from './icon';
import { TextPipe } from './text-pipe';
import { TimePipe } from './time-pipe';

/** Counts down to a market's next gate in the exchange's time. */
@Component({
  selector: 'ceex-gate-countdown',
  imports: [Icon, TextPipe, TimePipe],
  templateUrl: './gate-countdown.html',
  styleUrl: './gate-countdown.scss',
})
export class GateCountdown {
  readonly market = input.required<MarketId>();
  protected readonly clock = inject(ExchangeClock);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly transloco = inject(TranslocoService);

  protected readonly gate = computed(() => this.clock.nextGate(this.market()));
  private readonly left = computed(() => {
    const [gate, now] = [this.gate(), this.clock.now()];
    return gate && now !== undefined ? Date.parse(gate.gateClosesAt) - now : undefined;
  });
  protected readonly face = computed(() => clockFace(this.left() ?? 0));
  protected readonly soon = computed(() => (this.left() ?? Infinity) <= 10 * 60_000);
  private before = Infinity;

  constructor() {
    this.clock.runFor(inject(DestroyRef));
    effect(() => this.announce(this.left()));
  }

  private announce(left: number | undefined): void {
    if (left === undefined) return;
    // The first look only sets the start: nobody wants to hear of a minute that passed before they came.
    const due = this.before === Infinity ? undefined : dueAnnouncement(this.before, left);
    this.before = left;
    if (due === undefined) return;
    const market = untracked(this.market);
    const words = due === 1 ? `gate.announce-${market}-last` : `gate.announce-${market}`;
    void this.announcer.announce(this.transloco.translate(words, { minutes: due }), 'polite');
  }
}
