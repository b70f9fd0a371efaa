import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { OperatorAuction, OperatorClient } from '../api/operator-client';
import { EnergyPipe } from '../ui/energy-pipe';
import { Icon, IconName } from '../ui/icon';
import { MoneyPipe } from '../ui/money-pipe';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const ENDED = ['published', 'settled', 'cancelled'];
const ICONS: Record<string, IconName> = {
  published: 'check',
  settled: 'check',
  cancelled: 'close',
  open: 'clock',
  closed: 'lock',
  cleared: 'lock',
  scheduled: 'partly',
};

/** The auctions of a day in the order of their gates; one of them in full, and calling it off. */
@Component({
  selector: 'ceex-timeline-card',
  imports: [EnergyPipe, Icon, MatButton, MoneyPipe, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './timeline-card.html',
  styleUrl: './card.scss',
})
export class TimelineCard {
  readonly auctions = input.required<readonly OperatorAuction[]>();
  readonly changed = output();
  private readonly client = inject(OperatorClient);

  private readonly wanted = signal<string | undefined>(undefined);
  protected readonly picked = computed(() => {
    const all = this.auctions();
    const newest = all.filter((each) => each.publishedAt !== null).at(-1);
    return all.find((each) => each.auctionId === this.wanted()) ?? newest ?? all[0];
  });
  protected readonly counts = computed(() => {
    const of = (test: (each: OperatorAuction) => boolean) => this.auctions().filter(test).length;
    return {
      published: of((each) => each.publishedAt !== null),
      cancelled: of((each) => each.state === 'cancelled'),
      left: of((each) => !ENDED.includes(each.state)),
    };
  });
  protected readonly canCancel = computed(() => !ENDED.includes(this.picked()?.state ?? 'settled'));
  protected readonly reason = signal('');
  protected readonly sending = new Sending();

  protected readonly icon = (auction: OperatorAuction): IconName =>
    auction.incidents.length > 0 && auction.state !== 'cancelled' ? 'warning' : (ICONS[auction.state] ?? 'info');

  protected pick(auctionId: string): void {
    this.wanted.set(auctionId);
    this.reason.set('');
    this.sending.problem.set(undefined);
  }

  protected async cancel(event: Event): Promise<void> {
    event.preventDefault();
    const auction = this.picked();
    if (!auction) return;
    await this.sending.send(this.client.cancel(auction.auctionId, this.reason().trim()));
    this.changed.emit();
  }
}
