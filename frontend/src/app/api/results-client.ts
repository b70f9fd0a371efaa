import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { OrderSide } from './orders-client';
import { Partner } from './trading-client';

export type AcceptanceCode = 'accepted' | 'at-the-margin' | 'not-needed' | 'out-of-the-money' | 'line-full' | BlockCode;
export type BlockCode =
  | 'accepted'
  | 'at-the-money'
  | 'limited-by-parent'
  | 'limited-by-group'
  | 'out-of-the-money'
  | 'parent-refused'
  | 'group-taken'
  | 'paradoxically-refused'
  | 'left-out';

/** What became of a block order; prices at the meter, the average over its quantities. */
export interface BlockResult {
  code: BlockCode;
  ratioPermille: number;
  limitRpPerMwh: number;
  averageRpPerMwh: number;
}

/** The line that stood in an order's way, and the price beyond it as it would be at the meter. */
export interface FullLine {
  fromBus: string;
  toBus: string;
  priceBeyondRpPerMwh: number;
}

export interface PeriodResult {
  period: number;
  startsAt: string;
  orderedWh: number;
  acceptedWh: number;
  /** Of the accepted: what the grid operator did not let flow. It was paid back. */
  curtailedWh: number;
  priceRpPerMwh: number;
  meterPriceRpPerMwh: number;
  code: AcceptanceCode;
  /** The best limit that was refused; the worst accepted one if none was. */
  limitRpPerMwh: number;
  outByRpPerMwh: number;
  shareOfOrderPermille: number;
  /** What stood at a limit equal to the price, and what of that was accepted. */
  atMarginWh: number;
  atMarginAcceptedWh: number;
  /** The limit that would have been accepted in full at this price; null if it was, or if none would be. */
  enoughRpPerMwh: number | null;
  line: FullLine | null;
  /** Of a block order: what decides in all its periods together. */
  block?: BlockResult | null;
}

export interface OrderResult {
  orderId: string;
  side: OrderSide;
  periods: PeriodResult[];
  /** What the account gained (+) or lost (−). */
  amountUrp: number;
  block: BlockResult | null;
}

export interface Results {
  auctionId: string;
  /** The grid operator's reason, if it curtailed anything of this household's. */
  curtailedBecause: string | null;
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
