import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';
import { MarketId } from './markets-client';

export type OrderSide = 'buy' | 'sell';
export type OrderState =
  'open' | 'cancelled' | 'frozen' | 'accepted' | 'partly-accepted' | 'not-accepted' | 'released';

const LIVING: string = (['open', 'frozen', 'accepted', 'partly-accepted', 'not-accepted'] satisfies OrderState[]).join();

export interface OrderPoint {
  period: number;
  priceRpPerMwh: number;
  quantityWh: number;
}

export interface Order {
  orderId: string;
  nodeId: string;
  auctionId: string;
  marketId: MarketId;
  side: OrderSide;
  curve: 'step' | 'linear';
  state: OrderState;
  source: 'household' | 'strategy';
  version: number;
  points: OrderPoint[];
  heldUrp: number;
  receivedAt: string;
  cancelledAt: string | null;
  acceptedWh: number | null;
  /** Null for a curve order. */
  block: BlockTerms | null;
}

/** What a block order says beside its points: it stands or falls as one. */
export interface BlockTerms {
  name: string;
  listId: string;
  minRatioPermille: number;
  linkedTo: string | null;
  exclusiveGroup: string | null;
}

@Injectable({ providedIn: 'root' })
export class OrdersClient {
  private readonly http = inject(HttpClient);

  of(
    nodeId: () => string | undefined,
    auctionId: () => string | undefined,
  ): HttpResourceRef<{ items: Order[] } | undefined> {
    return httpResource<{ items: Order[] }>(() => {
      const [node, auction] = [nodeId(), auctionId()];
      return node && auction ? `/api/trading/node/${node}/orders?auction=${auction}` : undefined;
    });
  }

  /** Orders that still stand or were decided, for deliveries that start in a span; the newest first. */
  between(
    nodeId: () => string | undefined,
    span: () => { from: string; to: string } | undefined,
  ): HttpResourceRef<{ items: Order[] } | undefined> {
    return httpResource<{ items: Order[] }>(() => {
      const [node, days] = [nodeId(), span()];
      if (!node || !days) return undefined;
      return `/api/trading/node/${node}/orders?from=${days.from}&to=${days.to}&state=${LIVING}`;
    });
  }

  /** One look at the orders of another auction. */
  look(nodeId: string, auctionId: string): Observable<{ items: Order[] }> {
    return this.http.get<{ items: Order[] }>(`/api/trading/node/${nodeId}/orders?auction=${auctionId}`);
  }

  /** The key makes the request safe to repeat: the same ticket is never entered twice. */
  place(
    nodeId: string,
    order: { auctionId: string; side: OrderSide; points: OrderPoint[] },
    idempotencyKey: string,
  ): Observable<Order> {
    return this.http.post<Order>(
      `/api/trading/node/${nodeId}/orders`,
      { ...order, curve: 'step' },
      { headers: { 'Idempotency-Key': idempotencyKey } },
    );
  }

  replace(nodeId: string, order: Order, points: OrderPoint[]): Observable<Order> {
    return this.http.put<Order>(`/api/trading/node/${nodeId}/orders/${order.orderId}`, {
      curve: 'step',
      points,
      version: order.version,
    });
  }

  cancel(nodeId: string, orderId: string): Observable<Order> {
    return this.http.delete<Order>(`/api/trading/node/${nodeId}/orders/${orderId}`);
  }
}
