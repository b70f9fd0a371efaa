import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { AuthClient } from '../api/auth-client';
import { Problem } from '../api/problem';
import { answerOf } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { takeToken } from './token-in-hash';

/** Confirms an e-mail address with the token of the mailed link. */
@Component({
  selector: 'ceex-confirm-page',
  imports: [Icon, MatButton, ProblemNotice, RouterLink, TextPipe],
  templateUrl: './confirm-page.html',
  styleUrl: './form.scss',
})
export class ConfirmPage {
  private readonly auth = inject(AuthClient);
  private readonly token = takeToken(location, history);
  protected readonly face = signal<'ready' | 'busy' | 'done' | 'no-token'>(this.token ? 'ready' : 'no-token');
  protected readonly problem = signal<Problem | undefined>(undefined);

  /** A button, not the page's load: mail scanners open links, and must not use the token up. */
  protected async confirm(): Promise<void> {
    if (!this.token) return;
    this.face.set('busy');
    const answer = await answerOf(this.auth.confirm(this.token));
    this.problem.set('problem' in answer ? answer.problem : undefined);
    this.face.set('problem' in answer ? 'ready' : 'done');
  }
}
