import { Component, inject, signal } from '@angular/core';
import { FormField, form, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { AuthClient } from '../api/auth-client';
import { Problem } from '../api/problem';
import { FieldErrors } from '../ui/field-errors';
import { answerOf, placeErrors, serverError } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';

/** Changes the password; every other session ends. */
@Component({
  selector: 'ceex-password-card',
  imports: [
    FieldErrors,
    FormField,
    MatButton,
    MatError,
    MatFormField,
    MatHint,
    MatInput,
    MatLabel,
    ProblemNotice,
    TextPipe,
  ],
  templateUrl: './password-card.html',
  styleUrl: './facts.scss',
})
export class PasswordCard {
  private readonly auth = inject(AuthClient);
  protected readonly done = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly form = form(signal({ currentPassword: '', newPassword: '' }), (path) => {
    required(path.currentPassword);
    required(path.newPassword);
  });

  protected change(event: Event): void {
    event.preventDefault();
    this.done.set(false);
    void submit(this.form, async () => {
      const { currentPassword, newPassword } = this.form().value();
      const answer = await answerOf(this.auth.changePassword(currentPassword, newPassword));
      if (!('problem' in answer)) {
        this.problem.set(undefined);
        this.form().reset({ currentPassword: '', newPassword: '' });
        this.done.set(true);
        return undefined;
      }
      const placed =
        answer.problem.code === 'wrong-password'
          ? [serverError(this.form.currentPassword, answer.problem)]
          : placeErrors(this.form, answer.problem);
      this.problem.set(placed.length === 0 ? answer.problem : undefined);
      return placed;
    });
  }
}
