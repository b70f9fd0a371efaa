import { Component, inject, signal } from '@angular/core';
import { FormField, email, form, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { RouterLink } from '@angular/router';
import { AuthClient } from '../api/auth-client';
import { Problem } from '../api/problem';
import { FieldErrors } from '../ui/field-errors';
import { answerOf, placeErrors } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';

/** Opens an account; a mail with a link confirms the address. */
@Component({
  selector: 'ceex-register-page',
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
  templateUrl: './register-page.html',
  styleUrl: './form.scss',
})
export class RegisterPage {
  private readonly auth = inject(AuthClient);
  private readonly language = inject(Language);

  protected readonly sentTo = signal<string | undefined>(undefined);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly form = form(signal({ email: '', password: '' }), (path) => {
    required(path.email);
    email(path.email);
    required(path.password);
  });

  protected register(event: Event): void {
    event.preventDefault();
    void submit(this.form, async () => {
      const { email, password } = this.form().value();
      const body = { email: email.trim(), password, language: this.language.current() };
      const answer = await answerOf(this.auth.register(body));
      if (!('problem' in answer)) {
        this.sentTo.set(body.email);
        return undefined;
      }
      const placed = placeErrors(this.form, answer.problem);
      this.problem.set(placed.length === 0 ? answer.problem : undefined);
      return placed;
    });
  }
}
