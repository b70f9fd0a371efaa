import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoPipe } from '@jsverse/transloco';
import { Problem } from '../api/problem';
import { OpenSession, SecurityClient } from '../api/security-client';
import { Face } from '../ui/face';
import { answerOf } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';
import { TimePipe } from '../ui/time-pipe';
import { deviceName } from './device-name';

/** Where I am logged in, and the end of it. */
@Component({
  selector: 'ceex-sessions-card',
  imports: [Face, MatButton, ProblemNotice, TimePipe, TranslocoPipe],
  templateUrl: './sessions-card.html',
  styleUrl: './facts.scss',
})
export class SessionsCard {
  private readonly client = inject(SecurityClient);
  protected readonly sessions = this.client.sessions();
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly nameOf = deviceName;

  protected async end(session: OpenSession): Promise<void> {
    this.busy.set(true);
    const answer = await answerOf(this.client.end(session.sessionId));
    this.busy.set(false);
    this.problem.set('problem' in answer ? answer.problem : undefined);
    this.sessions.reload();
  }
}
