import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';

export type MarketId = 'dam' | 'rtm';

/** A rulebook: period length, price bounds, tick, smallest quantity. */
export interface Market {
  marketId: MarketId;
  name: string;
  periodMinutes: number;
  tickRpPerMwh: number;
  priceFloorRpPerMwh: number;
  priceCapRpPerMwh: number;
  minQuantityWh: number;
}

@Injectable({ providedIn: 'root' })
export class MarketsClient {
  all(): HttpResourceRef<{ items: Market[] } | undefined> {
    return httpResource<{ items: Market[] }>(() => '/api/trading/markets');
  }
}
