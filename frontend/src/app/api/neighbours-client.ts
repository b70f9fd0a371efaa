import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

/** What neighbours see of me, and whether they do. */
export interface Card {
  name: string;
  open: boolean;
  /** Changes with the picture; null where there is none. */
  picture: string | null;
}

export interface Neighbour {
  neighbourId: string;
  name: string;
  picture: string | null;
  unread: number;
  blocked: boolean;
}

export interface Message {
  messageId: string;
  mine: boolean;
  text: string;
  at: string;
  reported: boolean;
}

/** A message that someone wants the operator to see. */
export interface Report {
  reportId: string;
  at: string;
  reason: string;
  text: string;
  writtenAt: string;
  writer: string;
  reporter: string;
  settledAt: string | null;
  silenced: boolean;
}

const DOOR = '/api/neighbours';

@Injectable({ providedIn: 'root' })
export class NeighboursClient {
  private readonly http = inject(HttpClient);

  card(): HttpResourceRef<Card | undefined> {
    return httpResource<Card>(() => `${DOOR}/me`);
  }

  describe(name: string, open: boolean): Observable<Card> {
    return this.http.put<Card>(`${DOOR}/me`, { name, open });
  }

  show(picture: Blob): Observable<unknown> {
    return this.http.put(`${DOOR}/me/picture`, picture, { headers: { 'Content-Type': picture.type } });
  }

  hide(): Observable<unknown> {
    return this.http.delete(`${DOOR}/me/picture`);
  }

  /** Of a neighbour, or mine; asked for anew when it changes. */
  picture(of: () => { neighbourId: string; picture: string | null }): HttpResourceRef<Blob | undefined> {
    return httpResource.blob(() => {
      const { neighbourId, picture } = of();
      return picture === null ? undefined : `${DOOR}/${neighbourId}/picture?${picture}`;
    });
  }

  list(): HttpResourceRef<readonly Neighbour[] | undefined> {
    return httpResource(() => DOOR, { parse: (answer) => (answer as { items: Neighbour[] }).items });
  }

  messages(neighbourId: () => string | undefined): HttpResourceRef<readonly Message[] | undefined> {
    return httpResource(
      () => {
        const id = neighbourId();
        return id && `${DOOR}/${id}/messages`;
      },
      { parse: (answer) => (answer as { items: Message[] }).items },
    );
  }

  write(neighbourId: string, messageId: string, text: string): Observable<Message> {
    return this.http.post<Message>(`${DOOR}/${neighbourId}/messages`, { messageId, text });
  }

  read(neighbourId: string): Observable<unknown> {
    return this.http.post(`${DOOR}/${neighbourId}/messages/read`, {});
  }

  block(neighbourId: string): Observable<unknown> {
    return this.http.put(`${DOOR}/${neighbourId}/block`, {});
  }

  letIn(neighbourId: string): Observable<unknown> {
    return this.http.delete(`${DOOR}/${neighbourId}/block`);
  }

  report(messageId: string, reason: string): Observable<unknown> {
    return this.http.post(`/api/messages/${messageId}/report`, { reason });
  }

  reports(): HttpResourceRef<readonly Report[] | undefined> {
    return httpResource(() => '/api/operator/reports', { parse: (answer) => (answer as { items: Report[] }).items });
  }

  settle(reportId: string, silence: boolean): Observable<unknown> {
    return this.http.put(`/api/operator/reports/${reportId}/settlement`, { silence });
  }
}
