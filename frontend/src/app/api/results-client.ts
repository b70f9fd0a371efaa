import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { OrderSide } from './orders-client';
import { Partner } from './trading-client';

export type AcceptanceCode = 'accepted' | 'at-the-margin' | 'out-of-the-money' | 'not-needed';

export interface PeriodResult {
  period: number;
  startsAt: string;
  orderedWh: number;
  acceptedWh: number;
  priceRpPerMwh: number;
  meterPriceRpPerMwh: number;
  code: AcceptanceCode;
}

export interface OrderResult {
  orderId: string;
  side: OrderSide;
  periods: PeriodResult[];
  /** What the account gained (+) or lost (−). */
  amountUrp: number;
}

export interface Results {
  auctionId: string;
  items: OrderResult[];
  partners: Partner[];
}

@Injectable({ providedIn: 'root' })
export class ResultsClient {
  of(
    nodeId: () => string | undefined,
    auctionId: () => string | undefined,
  ): HttpResourceRef<Results | undefined> {
    return httpResource<Results>(() => {
      const [node, auction] = [nodeId(), auctionId()];
      return node && auction ? `/api/trading/node/${node}/results?auction=${auction}` : undefined;
    });
  }
}
