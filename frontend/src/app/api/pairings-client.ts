import { HttpClient } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

export interface Pairing {
  pairingId: string;
  dsoId: string;
  dsoName: string;
  customerNumber: string;
  consumerNodeId: string;
  producerNodeId: string | null;
}

@Injectable({ providedIn: 'root' })
export class PairingsClient {
  private readonly http = inject(HttpClient);

  pair(dso: string, dsoClientId: string): Observable<Pairing> {
    return this.http.post<Pairing>('/api/pairings', { dso, dsoClientId });
  }

  unpair(pairingId: string): Observable<unknown> {
    return this.http.delete(`/api/pairings/${pairingId}`);
  }
}
