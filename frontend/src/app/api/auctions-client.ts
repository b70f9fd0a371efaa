import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { MarketId } from './markets-client';

export type AuctionState = 'scheduled' | 'open' | 'closed' | 'cleared' | 'published' | 'settled' | 'cancelled';

export interface Auction {
  auctionId: string;
  marketId: MarketId;
  number: number;
  deliveryDay: string;
  state: AuctionState;
  gateOpensAt: string;
  gateClosesAt: string;
  expectedPublicationAt: string;
  publishedAt: string | null;
  deliveryStartsAt: string;
  deliveryEndsAt: string;
  periods: number;
  cancelReason: string | null;
  bookHash: string | null;
  resultHash: string | null;
  gap: number | null;
}

export interface AuctionWithPeriods extends Auction {
  periodStarts: string[];
}

export interface PeriodPrice {
  period: number;
  startsAt: string;
  priceRpPerMwh: number;
  priceLow: number | null;
  priceHigh: number | null;
}

export interface Prices {
  auctionId: string;
  busName: string;
  items: PeriodPrice[];
}

@Injectable({ providedIn: 'root' })
export class AuctionsClient {
  /** The auctions of a market whose delivery starts on these days, the last not included. */
  list(
    query: () => { market: MarketId; from: string; to: string } | undefined,
  ): HttpResourceRef<{ items: Auction[] } | undefined> {
    return httpResource<{ items: Auction[] }>(() => {
      const span = query();
      return span && `/api/trading/auctions?market=${span.market}&from=${span.from}&to=${span.to}`;
    });
  }

  of(auctionId: () => string | undefined): HttpResourceRef<AuctionWithPeriods | undefined> {
    return httpResource<AuctionWithPeriods>(() => {
      const id = auctionId();
      return id && `/api/trading/auctions/${id}`;
    });
  }

  pricesOf(
    auctionId: () => string | undefined,
    nodeId: () => string | undefined,
  ): HttpResourceRef<Prices | undefined> {
    return httpResource<Prices>(() => {
      const [auction, node] = [auctionId(), nodeId()];
      return auction && node ? `/api/trading/auctions/${auction}/prices?node=${node}` : undefined;
    });
  }
}
