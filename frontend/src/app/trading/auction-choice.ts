import { Injectable, computed, inject, linkedSignal, signal, untracked } from '@angular/core';
import { Auction, AuctionsClient } from '../api/auctions-client';
import { MarketId } from '../api/markets-client';
import { ExchangeClock } from '../ui/exchange-clock';
import { addDays, dayOf } from '../ui/market-time';
import { firstAuction } from './order-pick';

/** How many days of auctions stand in the list, before and after today. */
const SPAN: Record<MarketId, { before: number; after: number }> = {
  dam: { before: 7, after: 7 },
  rtm: { before: 1, after: 1 },
};
const DAY = /\d{4}-\d\d-\d\d/;

/** Which auction the desk is about: of the market that was chosen, the next to close unless another was picked. */
@Injectable()
export class AuctionChoice {
  private readonly clock = inject(ExchangeClock);
  readonly market = signal<MarketId>('dam');
  private readonly wanted = signal<string | undefined>(undefined);
  /** The day around which the list is asked for, where it is not today. */
  private readonly around = signal<string | undefined>(undefined);

  private readonly today = computed(() => {
    const now = this.clock.now();
    // Without the exchange's clock the browser's day must do.
    if (now === undefined) return this.clock.failed() ? dayOf(Date.now()) : undefined;
    return dayOf(now);
  });
  readonly read = inject(AuctionsClient).list(() => {
    const [market, day] = [this.market(), this.around() ?? this.today()];
    if (!day) return undefined;
    return { market, from: addDays(day, -SPAN[market].before), to: addDays(day, SPAN[market].after + 1) };
  });

  /** At midnight the list is asked for anew; until it has come, the old one stays, and what is being typed with it. */
  readonly list = linkedSignal<{ market: MarketId; items: Auction[] | undefined }, Auction[]>({
    source: () => ({ market: this.market(), items: this.read.hasValue() ? this.read.value().items : undefined }),
    computation: ({ market, items }, before) => {
      if (!items) return before?.source.market === market ? before.value : [];
      return [...items].sort((a, b) => a.deliveryStartsAt.localeCompare(b.deliveryStartsAt));
    },
  });
  readonly chosenId = linkedSignal<Auction[], string | undefined>({
    source: this.list,
    computation: (list, before) => {
      const known = new Set(list.map((auction) => auction.auctionId));
      const kept = [untracked(this.wanted), before?.value].find((id) => id !== undefined && known.has(id));
      if (kept !== undefined) return kept;
      const next = untracked(() => this.clock.nextGate(this.market()));
      return firstAuction(list, next?.auctionId)?.auctionId;
    },
  });

  /** The same auction of the day before, if it stands in the list. */
  readonly before = computed(() => {
    const chosen = this.list().find((auction) => auction.auctionId === this.chosenId());
    if (!chosen) return undefined;
    const day = addDays(chosen.deliveryDay, -1);
    return this.list().find((auction) => auction.deliveryDay === day && auction.number === chosen.number)?.auctionId;
  });

  /** Another auction of the list. */
  pick(auctionId: string): void {
    this.wanted.set(undefined);
    this.chosenId.set(auctionId);
  }

  /** Goes to a market, today. */
  trade(market: MarketId): void {
    this.wanted.set(undefined);
    this.around.set(undefined);
    this.market.set(market);
  }

  /** Starts with this auction, as a link to it asked for; it may be long past. */
  open(auctionId: string): void {
    this.wanted.set(auctionId);
    this.around.set(DAY.exec(auctionId)?.[0]);
    this.market.set(auctionId.startsWith('rtm') ? 'rtm' : 'dam');
    if (this.list().some((auction) => auction.auctionId === auctionId)) this.chosenId.set(auctionId);
  }
}
