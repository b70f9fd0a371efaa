import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';
import { MarketId } from './markets-client';
import { OrderSide } from './orders-client';

export type Answer = 'waiting' | 'accepted' | 'silent' | 'curtailed';
export type Direction = 'up' | 'down';

/** An auction's schedule, and what the grid operator said to it. */
export interface Schedule {
  auctionId: string;
  marketId: MarketId;
  deliveryDay: string;
  deliveryStartsAt: string;
  deliveryEndsAt: string;
  publishedAt: string;
  state: Answer;
  answerBy: string;
  answeredAt: string | null;
  scheduleHash: string;
  curtailedWh: number;
  reason: string | null;
}

/** A line, named after the bus below it; up is towards the border. One number per delivery period. */
export interface LineFlows {
  fromBus: string;
  toBus: string;
  flowsWh: number[];
  capacitiesUpWh: (number | null)[];
  capacitiesDownWh: (number | null)[];
  pricesRpPerMwh: number[];
  bindingPeriods: number[];
}

export interface Flows {
  auctionId: string;
  periodStarts: string[];
  border: string;
  borderPricesRpPerMwh: number[];
  items: LineFlows[];
}

export interface CapacityRow {
  line: string;
  direction: Direction;
  startsAt: string;
  endsAt: string;
  capacityW: number;
  reason: string;
}

export interface Capacities {
  lines: { line: string; towards: string; ratingUpW: number | null; ratingDownW: number | null }[];
  posts: { number: number; postedAt: string; rows: CapacityRow[] }[];
}

export interface Limit {
  line: string;
  startsAt: string;
  endsAt: string;
  limitWh: number;
}

export interface FlexibilityOrder {
  orderId: string;
  auctionId: string;
  busName: string;
  side: OrderSide;
  state: string;
  orderedWh: number;
  acceptedWh: number | null;
  periods: { period: number; acceptedWh: number; priceRpPerMwh: number }[];
}

export interface NewFlexibility {
  auctionId: string;
  busName: string;
  side: OrderSide;
  points: { period: number; priceRpPerMwh: number; quantityWh: number }[];
}

/** What the grid operator says and hears: capacities, schedules, its answers, its own orders. */
@Injectable({ providedIn: 'root' })
export class GridSeatClient {
  private readonly http = inject(HttpClient);

  schedules(dso: () => string | undefined): HttpResourceRef<{ items: Schedule[] } | undefined> {
    return httpResource<{ items: Schedule[] }>(() => dso() && `/api/trading/dso/${dso()}/schedules`);
  }

  flows(dso: () => string | undefined, auction: () => string | undefined): HttpResourceRef<Flows | undefined> {
    return httpResource<Flows>(() => {
      const [operator, id] = [dso(), auction()];
      return operator && id ? `/api/trading/dso/${operator}/lines/flows?auction=${id}` : undefined;
    });
  }

  capacities(dso: () => string | undefined): HttpResourceRef<Capacities | undefined> {
    return httpResource<Capacities>(() => dso() && `/api/trading/dso/${dso()}/capacities`);
  }

  flexibility(dso: () => string | undefined): HttpResourceRef<{ items: FlexibilityOrder[] } | undefined> {
    return httpResource<{ items: FlexibilityOrder[] }>(() => dso() && `/api/trading/dso/${dso()}/flexibility`);
  }

  file(dso: string, auction: string): Observable<{ fileName: string; csv: string }> {
    return this.http.get<{ fileName: string; csv: string }>(`/api/trading/dso/${dso}/schedules/${auction}/csv`);
  }

  post(dso: string, said: { rows: CapacityRow[] } | { csv: string }): Observable<{ number: number; rows: number }> {
    return this.http.post<{ number: number; rows: number }>(`/api/trading/dso/${dso}/capacities`, said);
  }

  accept(dso: string, { auctionId, scheduleHash }: Schedule): Observable<unknown> {
    return this.http.post(`/api/trading/dso/${dso}/schedules/${auctionId}/acceptance`, { scheduleHash });
  }

  curtail(
    dso: string,
    { auctionId, scheduleHash }: Schedule,
    reason: string,
    items: Limit[],
  ): Observable<{ curtailedWh: number }> {
    const said = { scheduleHash, reason, items };
    return this.http.post<{ curtailedWh: number }>(
      `/api/trading/dso/${dso}/schedules/${auctionId}/curtailment`,
      said,
    );
  }

  order(dso: string, order: NewFlexibility): Observable<FlexibilityOrder> {
    return this.http.post<FlexibilityOrder>(`/api/trading/dso/${dso}/flexibility`, order);
  }

  takeBack(dso: string, orderId: string): Observable<unknown> {
    return this.http.delete(`/api/trading/dso/${dso}/flexibility/${orderId}`);
  }
}
