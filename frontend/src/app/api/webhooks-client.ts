import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

export const WEBHOOK_EVENTS = [
  'auction.published',
  'auction.cancelled',
  'order.result',
  'auction.closing',
  'incident.opened',
  'schedule.published',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** An address of mine that the exchange calls. */
export interface Webhook {
  webhookId: string;
  url: string;
  events: WebhookEvent[];
  createdAt: string;
  earlierSecretUntil: string | null;
}

/** A message to it, with its tries. */
export interface Delivery {
  deliveryId: string;
  event: WebhookEvent | 'ping';
  state: 'waiting' | 'delivered' | 'dead';
  createdAt: string;
  nextAttemptAt: string | null;
  attempts: { at: string; status: number | null; error: string | null; durationMs: number }[];
}

@Injectable({ providedIn: 'root' })
export class WebhooksClient {
  private readonly http = inject(HttpClient);

  all(): HttpResourceRef<{ items: Webhook[] } | undefined> {
    return httpResource<{ items: Webhook[] }>(() => '/api/webhooks');
  }

  deliveries(webhookId: () => string | undefined): HttpResourceRef<{ items: Delivery[] } | undefined> {
    return httpResource<{ items: Delivery[] }>(() =>
      webhookId() ? `/api/webhooks/${webhookId()}/deliveries` : undefined,
    );
  }

  create(url: string, events: WebhookEvent[]): Observable<Webhook & { secret: string }> {
    return this.http.post<Webhook & { secret: string }>('/api/webhooks', { url, events });
  }

  remove(webhookId: string): Observable<unknown> {
    return this.http.delete(`/api/webhooks/${webhookId}`);
  }

  ping(webhookId: string): Observable<Delivery> {
    return this.http.post<Delivery>(`/api/webhooks/${webhookId}/ping`, null);
  }

  rotate(webhookId: string): Observable<{ secret: string }> {
    return this.http.post<{ secret: string }>(`/api/webhooks/${webhookId}/secret`, null);
  }

  replay(webhookId: string, deliveryId: string): Observable<Delivery> {
    return this.http.post<Delivery>(`/api/webhooks/${webhookId}/deliveries/${deliveryId}/replay`, null);
  }
}
