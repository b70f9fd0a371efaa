import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { StrategyName } from './nodes-client';

/** What a day of the household costs: earned if negative. */
export interface CostOfDay {
  day: string;
  costUrp: number;
  utilityCostUrp: number;
}

/** The last seven days as one strategy would have traded them. */
export interface TriedStrategy {
  strategy: StrategyName;
  /** The days' sum, less what is stored more at the end. */
  costUrp: number;
  /** What the battery holds at the end more than at the beginning is worth. */
  storedUrp: number;
  boughtCommunityWh: number;
  boughtNetworkWh: number;
  soldCommunityWh: number;
  soldNetworkWh: number;
  days: CostOfDay[];
}

export interface LastWeek {
  startsAt: string;
  endsAt: string;
  /** False while it is being computed; then ask again. */
  isReady: boolean;
  retryAfterS: number;
  isProvisional: boolean;
  chosen: StrategyName | null;
  hasBattery: boolean;
  /** Whether a car or a heat pump may wait. */
  hasLoads: boolean;
  utilityCostUrp: number;
  strategies: TriedStrategy[];
}

@Injectable({ providedIn: 'root' })
export class StrategiesClient {
  /** The last week with each strategy; nothing is asked until a node is named. */
  lastWeek(nodeId: () => string | undefined): HttpResourceRef<LastWeek | undefined> {
    return httpResource<LastWeek>(() => {
      const id = nodeId();
      return id && `/api/trading/node/${id}/strategies`;
    });
  }
}
