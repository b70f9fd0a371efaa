import { Component, inject, input, signal } from '@angular/core';
import { FormField, email, form, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Router, RouterLink } from '@angular/router';
import { Problem, problemOf } from '../api/problem';
import { FieldErrors } from '../ui/field-errors';
import { placeErrors, serverError } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { Language, isLang } from '../ui/language';
import { Mark } from '../ui/mark';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { safeReturn } from './safe-return';
import { Session } from './session';

/** What CEEX is, and the log-in. */
@Component({
  selector: 'ceex-landing-page',
  imports: [
    FieldErrors,
    FormField,
    Icon,
    Mark,
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
  templateUrl: './landing-page.html',
  styleUrl: './landing-page.scss',
})
export class LandingPage {
  readonly returnTo = input<string>();
  protected readonly session = inject(Session);
  private readonly language = inject(Language);
  private readonly router = inject(Router);

  protected readonly promises = [
    { icon: 'people', text: 'landing.promise-near' },
    { icon: 'wallet', text: 'landing.promise-price' },
    { icon: 'info', text: 'landing.promise-clear' },
  ] as const;
  protected readonly problem = signal<Problem | undefined>(undefined);
  /** True once the password was right and the account wants a code as well. */
  protected readonly codeNeeded = signal(false);
  protected readonly form = form(signal({ email: '', password: '', code: '' }), (path) => {
    required(path.email);
    email(path.email);
    required(path.password);
    required(path.code, { when: () => this.codeNeeded() });
  });

  protected logIn(event: Event): void {
    event.preventDefault();
    void submit(this.form, async () => {
      this.problem.set(undefined);
      try {
        const { email, password, code } = this.form().value();
        await this.session.logIn(email.trim(), password, code);
        await this.enter();
        return undefined;
      } catch (error) {
        const problem = problemOf(error);
        if (problem.code === 'code-needed') {
          this.codeNeeded.set(true);
          return undefined;
        }
        if (problem.code === 'wrong-code') return [serverError(this.form.code, problem)];
        const placed = placeErrors(this.form, problem);
        if (placed.length === 0) this.problem.set(problem);
        return placed;
      }
    });
  }

  private async enter(): Promise<void> {
    const wanted = this.session.user()?.language;
    // A choice made in this browser stands; otherwise the page speaks the account's language, as the mails do.
    if (isLang(wanted) && !Language.chosen()) await this.language.choose(wanted);
    await this.router.navigateByUrl(safeReturn(this.returnTo()));
  }
}
