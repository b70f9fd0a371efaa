import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { FactorSecret, SecurityClient } from '../api/security-client';
import { Session } from '../auth/session';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { SecretOnce } from './secret-once';

/** A code from an authenticator app beside the password: on and off, and the spare codes. */
@Component({
  selector: 'ceex-second-factor-card',
  imports: [MatButton, ProblemNotice, SecretOnce, TextPipe],
  templateUrl: './second-factor-card.html',
  styleUrl: './second-factor-card.scss',
})
export class SecondFactorCard {
  private readonly client = inject(SecurityClient);
  private readonly session = inject(Session);
  protected readonly on = computed(() => this.session.user()?.secondFactor ?? false);
  /** What is to be scanned, once the password was given. */
  protected readonly begun = signal<FactorSecret | undefined>(undefined);
  protected readonly spareCodes = signal<readonly string[]>([]);
  protected readonly sending = new Sending();
  /** The dark squares as one path. */
  protected readonly path = computed(() =>
    (this.begun()?.squares ?? [])
      .flatMap((row, y) => [...row].map((dark, x) => (dark === '1' ? `M${x} ${y}h1v1h-1z` : '')))
      .join(''),
  );

  protected async begin(event: Event, password: string): Promise<void> {
    event.preventDefault();
    const answer = await this.sending.send(this.client.beginFactor(password));
    if ('value' in answer) this.begun.set(answer.value);
  }

  protected async confirm(event: Event, code: string): Promise<void> {
    event.preventDefault();
    const answer = await this.sending.send(this.client.confirmFactor(code));
    if ('problem' in answer) return;
    this.begun.set(undefined);
    this.spareCodes.set(answer.value.spareCodes);
    await this.session.reloadUser();
  }

  protected async end(event: Event, password: string, code: string): Promise<void> {
    event.preventDefault();
    const answer = await this.sending.send(this.client.endFactor(password, code));
    if ('problem' in answer) return;
    this.spareCodes.set([]);
    await this.session.reloadUser();
  }
}
