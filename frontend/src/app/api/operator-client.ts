import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';
import { AuctionState } from './auctions-client';
import { MarketId } from './markets-client';

export interface OperatorAuction {
  auctionId: string;
  marketId: MarketId;
  number: number;
  state: AuctionState;
  gateClosesAt: string;
  strategiesBidAt: string | null;
  closedAt: string | null;
  publishedAt: string | null;
  settledAt: string | null;
  cancelReason: string | null;
  epoch: number;
  worker: string | null;
  tradedWh: number | null;
  gapUrp: number | null;
  clearingMs: number | null;
  rung: 'full' | 'without_blocks' | null;
  certificate: 'proven' | null;
  incidents: string[];
}

/** One time that a written step was taken. */
export interface RemedyRun {
  remedy: string;
  ranAt: string;
  seen: unknown;
  done: unknown;
  found: { held: boolean } | null;
}

export interface Incident {
  incidentId: string;
  code: string;
  auctionId: string | null;
  nodeId: string | null;
  severity: 'warn' | 'call';
  openedAt: string;
  closedAt: string | null;
  acknowledgedAt: string | null;
  note: string;
  seen: unknown;
  remedies: RemedyRun[];
}

/** A time in which no order of a node is taken. */
export interface IntakePause {
  pauseId: string;
  nodeId: string;
  customerNumber: string;
  reason: string;
  beganAt: string;
  endsAt: string;
}

export type Values = Record<string, number | boolean>;

export interface Halt {
  reason: string;
  since: string;
  resumeAskedAt: string | null;
  resumeAskedBy: string | null;
  resumedAt: string | null;
}

export interface SteeredMarket {
  marketId: MarketId;
  name: string;
  values: Values;
  changes: { validFrom: string; values: Values; decidedAt: string }[];
  halt: Halt | null;
}

export interface DatedTariff {
  validFrom: string;
  retailEnergyRpPerMwh: number;
  feedInRpPerMwh: number;
  gridRpPerMwh: number;
  leviesRpPerMwh: number;
  vatPermille: number;
}

export interface Outbox {
  waiting: number;
  items: {
    eventId: string;
    kind: string;
    auctionId: string | null;
    createdAt: string;
    attempts: number;
    nextAttemptAt: string;
    deadAt: string | null;
  }[];
}

export interface Participant {
  dsoId: string;
  customerNumber: string;
  busName: string;
  sides: ('consumer' | 'producer')[];
}

export interface PairedCustomer {
  dsoId: string;
  customerNumber: string;
  email: string;
  pairedAt: string;
}

export interface Finding {
  pattern: string;
  one: string;
  other: string;
  times: number;
  energyWh: number;
}

export interface Deed {
  number: number;
  at: string;
  email: string;
  target: string;
  outcome: string;
}

type Items<T> = HttpResourceRef<{ items: T[] } | undefined>;

const DOOR = '/api/trading/operator';

/** The console of whoever runs the exchange. */
@Injectable({ providedIn: 'root' })
export class OperatorClient {
  private readonly http = inject(HttpClient);

  auctions(day: () => string | undefined): Items<OperatorAuction> {
    return httpResource<{ items: OperatorAuction[] }>(() => {
      const asked = day();
      return asked && `${DOOR}/auctions?day=${asked}`;
    });
  }

  incidents(state: () => 'open' | 'closed'): Items<Incident> {
    return httpResource<{ items: Incident[] }>(() => `${DOOR}/incidents?state=${state()}`);
  }

  markets(): Items<SteeredMarket> {
    return httpResource<{ items: SteeredMarket[] }>(() => `${DOOR}/markets`);
  }

  tariffs(dsoId: () => string | undefined): Items<DatedTariff> {
    return httpResource<{ items: DatedTariff[] }>(() => {
      const dso = dsoId();
      return dso && `${DOOR}/tariffs/${dso}`;
    });
  }

  outbox(): HttpResourceRef<Outbox | undefined> {
    return httpResource<Outbox>(() => `${DOOR}/outbox`);
  }

  pauses(): Items<IntakePause> {
    return httpResource<{ items: IntakePause[] }>(() => `${DOOR}/pauses`);
  }

  participants(): Items<Participant> {
    return httpResource<{ items: Participant[] }>(() => `${DOOR}/participants`);
  }

  pairings(): Items<PairedCustomer> {
    return httpResource<{ items: PairedCustomer[] }>(() => '/api/operator/pairings');
  }

  findings(day: () => string | undefined): Items<Finding> {
    return httpResource<{ items: Finding[] }>(() => {
      const asked = day();
      return asked && `${DOOR}/findings?day=${asked}`;
    });
  }

  deeds(): Items<Deed> {
    return httpResource<{ items: Deed[] }>(() => '/api/operator/audit');
  }

  cancel(auctionId: string, reason: string): Observable<unknown> {
    return this.http.post(`${DOOR}/auctions/${auctionId}/cancellation`, { reason });
  }

  acknowledge(incidentId: string, note: string, isOver: boolean): Observable<Incident> {
    return this.http.put<Incident>(`${DOOR}/incidents/${incidentId}/acknowledgement`, { note, isOver });
  }

  halt(marketId: string, reason: string): Observable<Halt> {
    return this.http.post<Halt>(`${DOOR}/markets/${marketId}/halt`, { reason });
  }

  /** The first operator asks, another confirms. */
  resume(marketId: string): Observable<Halt> {
    return this.http.post<Halt>(`${DOOR}/markets/${marketId}/resumption`, null);
  }

  pauseIntake(nodeId: string, reason: string): Observable<IntakePause> {
    return this.http.post<IntakePause>(`${DOOR}/pauses`, { nodeId, reason });
  }

  endPause(pauseId: string): Observable<IntakePause> {
    return this.http.post<IntakePause>(`${DOOR}/pauses/${pauseId}/end`, null);
  }

  change(marketId: string, validFrom: string, values: Values): Observable<SteeredMarket> {
    return this.http.post<SteeredMarket>(`${DOOR}/markets/${marketId}/changes`, { validFrom, values });
  }

  publishTariff(dsoId: string, tariff: Partial<DatedTariff>): Observable<DatedTariff> {
    return this.http.post<DatedTariff>(`${DOOR}/tariffs/${dsoId}`, tariff);
  }

  requeue(): Observable<{ requeued: number }> {
    return this.http.post<{ requeued: number }>(`${DOOR}/outbox/requeueing`, null);
  }
}
