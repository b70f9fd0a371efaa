import { Component, inject, signal } from '@angular/core';
import { FormField, form, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { RouterLink } from '@angular/router';
import { AuthClient } from '../api/auth-client';
import { Problem } from '../api/problem';
import { FieldErrors } from '../ui/field-errors';
import { answerOf, placeErrors } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { takeToken } from './token-in-hash';

/** Sets a new password with the token of the mailed link. */
@Component({
  selector: 'ceex-reset-page',
  imports: [
    FieldErrors,
    FormField,
    Icon,
    MatButton,
    MatError,
    MatFormField,
    MatHint,
    MatInput,
    MatLabel,
    ProblemNotice,
    RouterLink,
    TextPipe,
  ],
  templateUrl: './reset-page.html',
  styleUrl: './form.scss',
})
export class ResetPage {
  private readonly auth = inject(AuthClient);
  protected readonly token = takeToken(location, history);
  protected readonly done = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly form = form(signal({ password: '' }), (path) => required(path.password));

  protected reset(event: Event): void {
    event.preventDefault();
    void submit(this.form, async () => {
      const answer = await answerOf(this.auth.resetPassword(this.token ?? '', this.form().value().password));
      if (!('problem' in answer)) {
        this.done.set(true);
        return undefined;
      }
      const placed = placeErrors(this.form, answer.problem);
      this.problem.set(placed.length === 0 ? answer.problem : undefined);
      return placed;
    });
  }
}
