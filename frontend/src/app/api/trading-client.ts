import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';
import { Decimal, rpPerMwhOf, whOf } from './original';

interface ConnectedNode {
  nodeId: string;
  name: string | null;
  distance: number;
  price: Decimal | null;
  amount: Decimal;
  lat: number | null;
  long: number | null;
  kind: 'community' | 'network';
}

interface TradingAnswer {
  day: string | null;
  connectedNodes: ConnectedNode[];
}

/** A node that supplied me or that I supplied, with distance, energy and price. */
export interface Partner {
  partnerId: string;
  name: string | null;
  kind: 'community' | 'network';
  distanceM: number;
  energyWh: number;
  priceRpPerMwh: number | null;
  lat: number | null;
  long: number | null;
}

/** The last delivered day, and whom the node was connected with on it. */
export interface TradedDay {
  day: string | null;
  partners: Partner[];
}

@Injectable({ providedIn: 'root' })
export class TradingClient {
  lastDayOf(nodeId: () => string | undefined): HttpResourceRef<TradedDay | undefined> {
    return httpResource(
      () => {
        const id = nodeId();
        return id && `/api/trading/node/${id}/trading`;
      },
      { parse: (answer) => tradedDayOf(answer as TradingAnswer) },
    );
  }
}

function tradedDayOf({ day, connectedNodes }: TradingAnswer): TradedDay {
  return { day, partners: connectedNodes.map(partnerOf) };
}

function partnerOf(node: ConnectedNode): Partner {
  return {
    partnerId: node.nodeId,
    name: node.name,
    kind: node.kind,
    distanceM: node.distance,
    energyWh: whOf(node.amount),
    priceRpPerMwh: node.price === null ? null : rpPerMwhOf(node.price),
    lat: node.lat,
    long: node.long,
  };
}
