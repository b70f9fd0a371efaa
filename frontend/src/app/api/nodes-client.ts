import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

export type NodeSide = 'consumer' | 'producer';
export type StrategyName = 'market_benefit' | 'never_lose' | 'flexibility' | 'manual';
export type AssetKind = 'load' | 'heat_pump' | 'ev_charger' | 'pv' | 'battery';

export interface Asset {
  assetId: string;
  kind: AssetKind;
  name: string;
  ratedW: number;
  capacityWh: number | null;
  /** Where a roof looks: 0° lies flat, 180° is south. */
  tiltDeg: number | null;
  azimuthDeg: number | null;
  /** From and until which minute of the day a car stands at home. */
  homeFromMinute: number | null;
  homeUntilMinute: number | null;
  /** Whether a meter of its own counts it. */
  measured: boolean;
}

export type AssetFigures = Omit<Asset, 'assetId' | 'kind' | 'measured'>;

export interface Strategy {
  strategy: StrategyName;
  active: boolean;
  limitPriceRpPerMwh: number | null;
}

export interface Node {
  nodeId: string;
  side: NodeSide;
  displayName: string;
  shared: boolean;
  dsoId: string;
  busName: string;
  lat: number;
  long: number;
  withdrawalFeeRpPerMwh: number;
  connectionCapacityW: number;
  assets: Asset[];
  /** None yet, where nobody ever chose one. */
  strategy: Strategy | null;
  otherNodeId: string | null;
}

export interface Bus {
  name: string;
  lat: number;
  long: number;
  kind: string;
}

export interface Line {
  from: string;
  to: string;
  lengthM: number;
  capacityW: number | null;
}

export interface GridMap {
  buses: Bus[];
  lines: Line[];
  home: string;
}

@Injectable({ providedIn: 'root' })
export class NodesClient {
  private readonly http = inject(HttpClient);

  of(nodeId: () => string | undefined): HttpResourceRef<Node | undefined> {
    return httpResource<Node>(() => path(nodeId(), ''));
  }

  mapOf(nodeId: () => string | undefined): HttpResourceRef<GridMap | undefined> {
    return httpResource<GridMap>(() => path(nodeId(), '/map'));
  }

  setStrategy(nodeId: string, strategy: Strategy): Observable<unknown> {
    const { strategy: name, active, limitPriceRpPerMwh } = strategy;
    return this.http.put(`/api/trading/node/${nodeId}/strategy`, { strategy: name, active, limitPriceRpPerMwh });
  }

  addAsset(nodeId: string, asset: AssetFigures & { kind: AssetKind }): Observable<Asset> {
    return this.http.post<Asset>(`/api/trading/node/${nodeId}/assets`, asset);
  }

  changeAsset(nodeId: string, assetId: string, figures: AssetFigures): Observable<Asset> {
    return this.http.put<Asset>(`/api/trading/node/${nodeId}/assets/${assetId}`, figures);
  }

  removeAsset(nodeId: string, assetId: string): Observable<unknown> {
    return this.http.delete(`/api/trading/node/${nodeId}/assets/${assetId}`);
  }

  setProfile(nodeId: string, displayName: string, shared: boolean): Observable<unknown> {
    return this.http.put(`/api/trading/node/${nodeId}/profile`, { displayName, shared });
  }
}

function path(nodeId: string | undefined, rest: string): string | undefined {
  return nodeId && `/api/trading/node/${nodeId}${rest}`;
}
