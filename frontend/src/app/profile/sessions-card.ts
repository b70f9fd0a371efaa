import { Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { OpenSession, SecurityClient } from '../api/security-client';
import { Face } from '../ui/face';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { deviceName } from './device-name';

/** Where I am logged in, and the end of it. */
@Component({
  selector: 'ceex-sessions-card',
  imports: [Face, MatButton, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './sessions-card.html',
  styleUrl: './facts.scss',
})
export class SessionsCard {
  private readonly client = inject(SecurityClient);
  protected readonly sessions = this.client.sessions();
  protected readonly sending = new Sending();
  protected readonly nameOf = deviceName;

  protected async end(session: OpenSession): Promise<void> {
    await this.sending.send(this.client.end(session.sessionId));
    this.sessions.reload();
  }
}
