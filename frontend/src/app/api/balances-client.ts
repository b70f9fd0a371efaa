import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';

/** How sure a figure is. */
export type Sureness = 'estimated' | 'provisional' | 'final';

/** One metered quarter hour, energy in the node's own direction; null is what is not settled, or has no price. */
export interface Quarter {
  startsAt: string;
  mark: Sureness;
  meteredWh: number;
  scheduledWh: number | null;
  communityWh: number | null;
  costUrp: number | null;
  priceRpPerMwh: number | null;
  marketPriceRpPerMwh: number | null;
}

/** What a day's meter counted beyond and below the schedule, and what that cost. */
export interface Balance {
  day: string;
  mark: Sureness;
  moreWh: number;
  lessWh: number;
  imbalanceCostUrp: number;
}

interface Span {
  startMs: number;
  endMs: number;
}

@Injectable({ providedIn: 'root' })
export class BalancesClient {
  quarters(nodeId: () => string | undefined, span: () => Span | undefined): HttpResourceRef<readonly Quarter[] | undefined> {
    return httpResource(() => addressOf('quarters', nodeId(), span()), {
      parse: (answer) => (answer as { items: Quarter[] }).items,
    });
  }

  days(nodeId: () => string | undefined, span: () => Span | undefined): HttpResourceRef<readonly Balance[] | undefined> {
    return httpResource(() => addressOf('days', nodeId(), span()), {
      parse: (answer) => (answer as { items: Balance[] }).items,
    });
  }
}

function addressOf(kind: string, nodeId: string | undefined, span: Span | undefined): string | undefined {
  if (!nodeId || !span) return undefined;
  const [from, to] = [span.startMs, span.endMs].map((at) => new Date(at).toISOString());
  return `/api/trading/node/${nodeId}/${kind}?from=${from}&to=${to}`;
}
