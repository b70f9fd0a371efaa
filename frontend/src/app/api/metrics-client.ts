import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { Decimal, rpPerMwhOf, whOf } from './original';

interface PricePoint {
  timestamp: number;
  price: Decimal;
}

interface MetricsAnswer {
  averagePrice: Decimal | null;
  totalAmount: Decimal;
  amountCommunity: Decimal;
  amountNetwork: Decimal;
  personalPriceHistory: PricePoint[];
  marketPriceHistory: PricePoint[];
  savingsUrp: number;
  utilityName: string;
  utilityCostUrp: number;
  costUrp: number;
  feesUrp: number;
  daily: { timestamp: number; amountCommunityWh: number; amountNetworkWh: number; costUrp: number }[];
}

export interface DayPrice {
  at: number;
  priceRpPerMwh: number;
}

export interface Metrics {
  averagePriceRpPerMwh: number | null;
  totalWh: number;
  communityWh: number;
  networkWh: number;
  myPrices: DayPrice[];
  marketPrices: DayPrice[];
  savingsUrp: number;
  /** Whose tariff the savings are measured against. */
  utilityName: string;
  /** Costs are paid (+) or, for what was made, earned (−). */
  utilityCostUrp: number;
  costUrp: number;
  feesUrp: number;
  daily: { at: number; communityWh: number; networkWh: number; costUrp: number }[];
}

@Injectable({ providedIn: 'root' })
export class MetricsClient {
  of(
    nodeId: () => string | undefined,
    range: () => { startMs: number; endMs: number } | undefined,
  ): HttpResourceRef<Metrics | undefined> {
    return httpResource(
      () => {
        const [id, span] = [nodeId(), range()];
        if (!id || !span) return undefined;
        return `/api/trading/node/${id}/metrics?startDate=${span.startMs}&endDate=${span.endMs}`;
      },
      { parse: (answer) => metricsOf(answer as MetricsAnswer) },
    );
  }
}

export function metricsOf(answer: MetricsAnswer): Metrics {
  return {
    averagePriceRpPerMwh: answer.averagePrice === null ? null : rpPerMwhOf(answer.averagePrice),
    totalWh: whOf(answer.totalAmount),
    communityWh: whOf(answer.amountCommunity),
    networkWh: whOf(answer.amountNetwork),
    myPrices: answer.personalPriceHistory.map(dayPrice),
    marketPrices: answer.marketPriceHistory.map(dayPrice),
    savingsUrp: answer.savingsUrp,
    utilityName: answer.utilityName,
    utilityCostUrp: answer.utilityCostUrp,
    costUrp: answer.costUrp,
    feesUrp: answer.feesUrp,
    daily: answer.daily.map((day) => ({
      at: day.timestamp,
      communityWh: day.amountCommunityWh,
      networkWh: day.amountNetworkWh,
      costUrp: day.costUrp,
    })),
  };
}

function dayPrice(point: PricePoint): DayPrice {
  return { at: point.timestamp, priceRpPerMwh: rpPerMwhOf(point.price) };
}
