import { Component, inject, output } from '@angular/core';
import { MarketId } from '../api/markets-client';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icon';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { AuctionChoice } from './auction-choice';

/** Picks the market and one of its auctions. */
@Component({
  selector: 'ceex-auction-chooser',
  imports: [Choice, Icon, TextPipe, TimePipe],
  templateUrl: './auction-chooser.html',
  styleUrl: './auction-chooser.scss',
})
export class AuctionChooser {
  /** Another auction than before was picked. */
  readonly picked = output();
  protected readonly choice = inject(AuctionChoice);
  protected readonly markets: readonly MarketId[] = ['dam', 'rtm'];

  protected trade(market: MarketId): void {
    this.choice.trade(market);
    this.picked.emit();
  }

  protected choose(auctionId: string): void {
    this.choice.pick(auctionId);
    this.picked.emit();
  }

  protected step(by: number): void {
    const ids = this.choice.list().map((auction) => auction.auctionId);
    const next = ids[ids.indexOf(this.choice.chosenId() ?? '') + by];
    if (next) this.choose(next);
  }
}
