import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';

export interface Tariff {
  retailEnergyRpPerMwh: number;
  gridRpPerMwh: number;
  leviesRpPerMwh: number;
  feedInRpPerMwh: number;
  vatPermille: number;
}

export interface Dso {
  dsoId: string;
  name: string;
  municipality: string;
  tariff: Tariff;
}

@Injectable({ providedIn: 'root' })
export class DsoClient {
  all(): HttpResourceRef<{ items: Dso[] } | undefined> {
    return httpResource<{ items: Dso[] }>(() => '/api/trading/dso/all');
  }
}
