import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { MarketId } from './markets-client';

export type End = 'as-planned' | 'lower-rung' | 'cancelled' | 'waiting';

export interface StatusCell {
  auctionId: string;
  marketId: MarketId;
  gateClosesAt: string;
  end: End;
  reason: string | null;
}

/** How the exchange is doing: what every participant may know. */
export interface Status {
  now: string;
  auctions: StatusCell[];
  incidents: { code: string; auctionId: string | null; since: string }[];
  halts: { marketId: MarketId; reason: string; since: string }[];
  newestResultAt: string | null;
  newestReadingAt: string | null;
  auctioneers: number;
}

@Injectable({ providedIn: 'root' })
export class StatusClient {
  read(): HttpResourceRef<Status | undefined> {
    return httpResource<Status>(() => '/api/trading/status');
  }
}
