import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoPipe } from '@jsverse/transloco';
import { Problem } from '../api/problem';
import { FactorSecret, SecurityClient } from '../api/security-client';
import { Session } from '../auth/session';
import { answerOf } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';
import { SecretOnce } from './secret-once';

/** A code from an authenticator app beside the password: on and off, and the spare codes. */
@Component({
  selector: 'ceex-second-factor-card',
  imports: [MatButton, ProblemNotice, SecretOnce, TranslocoPipe],
  templateUrl: './second-factor-card.html',
  styleUrl: './second-factor-card.scss',
})
export class SecondFactorCard {
  private readonly client = inject(SecurityClient);
  protected readonly session = inject(Session);
  protected readonly on = computed(() => this.session.user()?.secondFactor ?? false);
  /** What is to be scanned, once the password was given. */
  protected readonly begun = signal<FactorSecret | undefined>(undefined);
  protected readonly spareCodes = signal<readonly string[]>([]);
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  /** The dark squares as one path. */
  protected readonly path = computed(() =>
    (this.begun()?.squares ?? [])
      .flatMap((row, y) => [...row].map((dark, x) => (dark === '1' ? `M${x} ${y}h1v1h-1z` : '')))
      .join(''),
  );

  protected async begin(event: Event, password: string): Promise<void> {
    event.preventDefault();
    const answer = await this.done(this.client.beginFactor(password));
    if (answer) this.begun.set(answer);
  }

  protected async confirm(event: Event, code: string): Promise<void> {
    event.preventDefault();
    const answer = await this.done(this.client.confirmFactor(code));
    if (!answer) return;
    this.begun.set(undefined);
    this.spareCodes.set(answer.spareCodes);
    await this.session.reloadUser();
  }

  protected async end(event: Event, password: string, code: string): Promise<void> {
    event.preventDefault();
    const answer = await answerOf(this.client.endFactor(password, code));
    this.problem.set('problem' in answer ? answer.problem : undefined);
    if ('problem' in answer) return;
    this.spareCodes.set([]);
    await this.session.reloadUser();
  }

  private async done<T>(request: Parameters<typeof answerOf<T>>[0]): Promise<T | undefined> {
    this.busy.set(true);
    const answer = await answerOf(request);
    this.busy.set(false);
    this.problem.set('problem' in answer ? answer.problem : undefined);
    return 'problem' in answer ? undefined : answer.value;
  }
}
