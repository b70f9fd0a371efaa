import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

/** Where the household's money goes; the number but for its ends hidden, null if none was chosen. */
export interface PayoutAccount {
  holder: string | null;
  iban: string | null;
}

@Injectable({ providedIn: 'root' })
export class PayoutClient {
  private readonly http = inject(HttpClient);

  of(nodeId: () => string): HttpResourceRef<PayoutAccount | undefined> {
    return httpResource<PayoutAccount>(() => `/api/trading/node/${nodeId()}/payout-account`);
  }

  choose(nodeId: string, holder: string, iban: string): Observable<PayoutAccount> {
    return this.http.put<PayoutAccount>(`/api/trading/node/${nodeId}/payout-account`, { holder, iban });
  }
}
