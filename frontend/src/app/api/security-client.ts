import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

/** Where the user is logged in; `device` is what the browser calls itself. */
export interface OpenSession {
  sessionId: string;
  device: string;
  openedAt: string;
  seenAt: string;
  current: boolean;
}

/** What an authenticator app needs; `squares` are the rows of a QR code. */
export interface FactorSecret {
  secret: string;
  address: string;
  squares: string[];
}

@Injectable({ providedIn: 'root' })
export class SecurityClient {
  private readonly http = inject(HttpClient);

  sessions(): HttpResourceRef<readonly OpenSession[] | undefined> {
    return httpResource(() => '/api/sessions', { parse: (answer) => (answer as { items: OpenSession[] }).items });
  }

  end(sessionId: string): Observable<unknown> {
    return this.http.delete(`/api/sessions/${sessionId}`);
  }

  beginFactor(password: string): Observable<FactorSecret> {
    return this.http.post<FactorSecret>('/api/me/second-factor', { password });
  }

  confirmFactor(code: string): Observable<{ spareCodes: string[] }> {
    return this.http.post<{ spareCodes: string[] }>('/api/me/second-factor/confirmation', { code });
  }

  endFactor(password: string, code: string): Observable<unknown> {
    return this.http.post('/api/me/second-factor/end', { password, code });
  }
}
