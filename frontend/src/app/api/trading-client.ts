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

@Injectable({ providedIn: 'root' })
export class TradingClient {
  /** The partners of the last delivered day. */
  partnersOf(nodeId: () => string | undefined): HttpResourceRef<Partner[] | undefined> {
    return httpResource(
      () => {
        const id = nodeId();
        return id && `/api/trading/node/${id}/trading`;
      },
      { parse: (answer) => (answer as TradingAnswer).connectedNodes.map(partnerOf) },
    );
  }
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
