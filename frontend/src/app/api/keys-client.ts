import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

export type Scope = 'read' | 'trade' | 'dso';

/** What a program shows to act for me; its secret was shown once. */
export interface ApiKey {
  keyId: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  nodes: string[];
  requestsPerMinute: number;
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
}

export interface NewKey {
  name: string;
  scopes: Scope[];
  nodes: string[];
  validForDays: number;
}

@Injectable({ providedIn: 'root' })
export class KeysClient {
  private readonly http = inject(HttpClient);

  all(): HttpResourceRef<{ items: ApiKey[] } | undefined> {
    return httpResource<{ items: ApiKey[] }>(() => '/api/keys');
  }

  create(key: NewKey): Observable<ApiKey & { secret: string }> {
    return this.http.post<ApiKey & { secret: string }>('/api/keys', key);
  }

  revoke(keyId: string): Observable<unknown> {
    return this.http.delete(`/api/keys/${keyId}`);
  }
}
