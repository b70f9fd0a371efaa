import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

export interface Notification {
  notificationId: string;
  kind: string;
  at: string;
  readAt: string | null;
  params: Record<string, unknown>;
}

export interface Inbox {
  items: Notification[];
  unread: number;
  /** Of neighbours. */
  unreadMessages: number;
}

/** How one kind of event is told: in the app, in the day's mail, in both or in neither. */
export interface Wish {
  kind: 'auction-published' | 'auction-cancelled' | 'schedule-curtailed' | 'order-quarantined';
  inApp: boolean;
  byMail: boolean;
}

@Injectable({ providedIn: 'root' })
export class NotificationsClient {
  private readonly http = inject(HttpClient);

  list(): HttpResourceRef<Inbox | undefined> {
    return httpResource<Inbox>(() => '/api/notifications');
  }

  wishes(): HttpResourceRef<readonly Wish[] | undefined> {
    return httpResource(() => '/api/notifications/wishes', { parse: (answer) => (answer as { items: Wish[] }).items });
  }

  wish(wish: Wish): Observable<unknown> {
    return this.http.put('/api/notifications/wishes', { items: [wish] });
  }

  /** One look, outside of any page. */
  look(): Observable<Inbox> {
    return this.http.get<Inbox>('/api/notifications');
  }

  read(notificationId: string): Observable<unknown> {
    return this.http.post(`/api/notifications/${notificationId}/read`, {});
  }

  readAll(): Observable<unknown> {
    return this.http.post('/api/notifications/read-all', {});
  }
}
