import { HttpClient } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';
import { MarketId } from './markets-client';

export interface Gate {
  marketId: MarketId;
  auctionId: string;
  gateClosesAt: string;
  deliveryStartsAt: string;
  deliveryEndsAt: string;
  /** Why the market is halted, if it is: its auctions are cancelled at their gates. */
  haltedBecause?: string | null;
}

/** The exchange's own time; in a demo it may run faster than ours. */
export interface Clock {
  now: string;
  speed: number;
  nextGates: Gate[];
}

@Injectable({ providedIn: 'root' })
export class ClockClient {
  private readonly http = inject(HttpClient);

  read(): Observable<Clock> {
    return this.http.get<Clock>('/api/trading/clock');
  }
}
