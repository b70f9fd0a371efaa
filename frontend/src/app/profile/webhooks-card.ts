import { Component, inject, signal } from '@angular/core';
import { FormField, form, required } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Observable } from 'rxjs';
import { Delivery, WEBHOOK_EVENTS, Webhook, WebhookEvent, WebhooksClient } from '../api/webhooks-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { FieldErrors } from '../ui/field-errors';
import { Answer } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { SecretOnce } from './secret-once';

/** Where the exchange calls my programs, and what came of each call. */
@Component({
  selector: 'ceex-webhooks-card',
  imports: [
    Empty,
    Face,
    FieldErrors,
    FormField,
    MatButton,
    MatCheckbox,
    MatError,
    MatFormField,
    MatHint,
    MatInput,
    MatLabel,
    ProblemNotice,
    SecretOnce,
    TextPipe,
    TimePipe,
  ],
  templateUrl: './webhooks-card.html',
  styleUrl: './facts.scss',
})
export class WebhooksCard {
  private readonly client = inject(WebhooksClient);
  protected readonly kinds = WEBHOOK_EVENTS;
  protected readonly hooks = this.client.all();
  protected readonly shown = signal<string | undefined>(undefined);
  protected readonly log = this.client.deliveries(this.shown);
  protected readonly secret = signal<string | undefined>(undefined);
  protected readonly wanted = signal<readonly WebhookEvent[]>(['order.result']);
  protected readonly sending = new Sending();
  private readonly model = signal({ url: '' });
  protected readonly form = form(this.model, (path) => required(path.url));

  protected choose(kind: WebhookEvent, chosen: boolean): void {
    this.wanted.update((kinds) => (chosen ? [...kinds, kind] : kinds.filter((each) => each !== kind)));
  }

  protected async create(event: Event): Promise<void> {
    event.preventDefault();
    if (this.form().invalid()) return;
    const answer = await this.send(this.client.create(this.model().url.trim(), [...this.wanted()]));
    if ('problem' in answer) return;
    this.secret.set(answer.value.secret);
    this.form().reset({ url: '' });
  }

  protected async rotate(hook: Webhook): Promise<void> {
    const answer = await this.send(this.client.rotate(hook.webhookId));
    if ('value' in answer) this.secret.set(answer.value.secret);
  }

  protected async ping(hook: Webhook): Promise<void> {
    await this.send(this.client.ping(hook.webhookId));
    this.shown.set(hook.webhookId);
    this.log.reload();
  }

  protected async replay(delivery: Delivery): Promise<void> {
    await this.send(this.client.replay(this.shown() ?? '', delivery.deliveryId));
    this.log.reload();
  }

  protected async remove(hook: Webhook): Promise<void> {
    await this.send(this.client.remove(hook.webhookId));
    if (this.shown() === hook.webhookId) this.shown.set(undefined);
  }

  private async send<T>(request: Observable<T>): Promise<Answer<T>> {
    const answer = await this.sending.send(request);
    this.hooks.reload();
    return answer;
  }
}
