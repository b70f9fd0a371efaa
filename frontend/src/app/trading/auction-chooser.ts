import { Component, inject, output } from '@angular/core';
import { MatButtonToggle, MatButtonToggleGroup } from '@angular/material/button-toggle';
import { TranslocoPipe } from '@jsverse/transloco';
import { MarketId } from '../api/markets-client';
import { Icon } from '../ui/icon';
import { TimePipe } from '../ui/time-pipe';
import { AuctionChoice } from './auction-choice';

/** Picks the market and one of its auctions. */
@Component({
  selector: 'ceex-auction-chooser',
  imports: [Icon, MatButtonToggle, MatButtonToggleGroup, TimePipe, TranslocoPipe],
  templateUrl: './auction-chooser.html',
  styleUrl: './auction-chooser.scss',
})
export class AuctionChooser {
  /** Another auction than before was picked. */
  readonly picked = output();
  protected readonly choice = inject(AuctionChoice);

  protected trade(market: MarketId): void {
    this.choice.market.set(market);
    this.picked.emit();
  }

  protected choose(auctionId: string): void {
    this.choice.chosenId.set(auctionId);
    this.picked.emit();
  }

  protected step(by: number): void {
    const ids = this.choice.list().map((auction) => auction.auctionId);
    const next = ids[ids.indexOf(this.choice.chosenId() ?? '') + by];
    if (next) this.choose(next);
  }
}
