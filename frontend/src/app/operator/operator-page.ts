import { Component, DestroyRef, computed, inject, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { DsoClient } from '../api/dso-client';
import { OperatorClient } from '../api/operator-client';
import { Empty } from '../ui/empty';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { lookAgain } from '../ui/look-again';
import { addDays, dayOf } from '../ui/market-time';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { AuditCard } from './audit-card';
import { FindingsCard } from './findings-card';
import { IncidentsCard } from './incidents-card';
import { MarketCard } from './market-card';
import { MessagesCard } from './messages-card';
import { PausesCard } from './pauses-card';
import { PeopleCard } from './people-card';
import { RemarksCard } from './remarks-card';
import { ReportsCard } from './reports-card';
import { TariffCard } from './tariff-card';
import { TimelineCard } from './timeline-card';

const LOOK_AGAIN_MS = 5_000;

/** The console of whoever runs the exchange: what happens, what is out of bounds, and what may be done. */
@Component({
  selector: 'ceex-operator-page',
  imports: [
    AuditCard,
    Empty,
    Face,
    FindingsCard,
    Icon,
    IncidentsCard,
    MarketCard,
    MatButton,
    MessagesCard,
    PausesCard,
    PeopleCard,
    RemarksCard,
    ReportsCard,
    TariffCard,
    TextPipe,
    TimePipe,
    TimelineCard,
  ],
  templateUrl: './operator-page.html',
  styleUrl: './card.scss',
})
export class OperatorPage {
  private readonly client = inject(OperatorClient);
  private readonly clock = inject(ExchangeClock);

  protected readonly now = this.clock.now;
  private readonly today = computed(() => {
    const now = this.clock.now();
    return now === undefined ? undefined : dayOf(now);
  });
  /** Follows today until another day is chosen. */
  protected readonly day = linkedSignal(() => this.today());
  protected readonly auctions = this.client.auctions(this.day);
  protected readonly markets = this.client.markets();
  protected readonly operators = inject(DsoClient).all();

  constructor() {
    this.clock.runFor(inject(DestroyRef));
    lookAgain(() => this.look(), LOOK_AGAIN_MS);
  }

  protected turn(days: number): void {
    const day = this.day();
    if (day) this.day.set(addDays(day, days));
  }

  protected look(): void {
    this.auctions.reload();
    this.markets.reload();
  }
}
