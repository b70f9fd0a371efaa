import { Component, inject, signal } from '@angular/core';
import { FormField, email, form, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { RouterLink } from '@angular/router';
import { AuthClient } from '../api/auth-client';
import { Problem } from '../api/problem';
import { FieldErrors } from '../ui/field-errors';
import { answerOf, placeErrors } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';

/** Asks for a mail with which a forgotten password can be set anew. */
@Component({
  selector: 'ceex-reset-request-page',
  imports: [
    FieldErrors,
    FormField,
    Icon,
    MatButton,
    MatError,
    MatFormField,
    MatInput,
    MatLabel,
    ProblemNotice,
    RouterLink,
    TextPipe,
  ],
  templateUrl: './reset-request-page.html',
  styleUrl: './form.scss',
})
export class ResetRequestPage {
  private readonly auth = inject(AuthClient);
  protected readonly sentTo = signal<string | undefined>(undefined);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly form = form(signal({ email: '' }), (path) => {
    required(path.email);
    email(path.email);
  });

  protected request(event: Event): void {
    event.preventDefault();
    void submit(this.form, async () => {
      const address = this.form().value().email.trim();
      const answer = await answerOf(this.auth.requestReset(address));
      if (!('problem' in answer)) {
        this.sentTo.set(address);
        return undefined;
      }
      const placed = placeErrors(this.form, answer.problem);
      this.problem.set(placed.length === 0 ? answer.problem : undefined);
      return placed;
    });
  }
}
