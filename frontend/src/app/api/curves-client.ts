import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { OrderSide } from './orders-client';

/** A quantity that is wanted, or offered, at a price at the bus. */
export interface CurveStep {
  priceRpPerMwh: number;
  quantityWh: number;
}

/** What all wanted together in one period; not shown where so few took part on a side that one could be made out. */
export interface Curves {
  auctionId: string;
  period: number;
  startsAt: string;
  busName: string;
  priceRpPerMwh: number;
  shown: boolean;
  demand: CurveStep[];
  supply: CurveStep[];
  /** My own steps, at my meter. */
  own: (CurveStep & { side: OrderSide })[];
}

@Injectable({ providedIn: 'root' })
export class CurvesClient {
  of(query: () => { nodeId: string; auctionId: string; period: number } | undefined): HttpResourceRef<Curves | undefined> {
    return httpResource<Curves>(() => {
      const asked = query();
      return asked && `/api/trading/node/${asked.nodeId}/curves?auction=${asked.auctionId}&period=${asked.period}`;
    });
  }
}
