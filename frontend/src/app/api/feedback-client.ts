import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

/** What someone told about the page, and on which page of which release in which browser. */
export interface Remark {
  at: string;
  email: string;
  text: string;
  page: string;
  revision: string;
  browser: string;
}

@Injectable({ providedIn: 'root' })
export class FeedbackClient {
  private readonly http = inject(HttpClient);

  tell(text: string, page: string): Observable<unknown> {
    return this.http.post('/api/feedback', { text, page });
  }

  remarks(): HttpResourceRef<readonly Remark[] | undefined> {
    return httpResource(() => '/api/operator/feedback', { parse: (answer) => (answer as { items: Remark[] }).items });
  }
}
