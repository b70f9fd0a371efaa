import { Component, effect, inject, signal, untracked } from '@angular/core';
import { FormField, form, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Router } from '@angular/router';
import { DsoClient } from '../api/dso-client';
import { PairingsClient } from '../api/pairings-client';
import { Problem } from '../api/problem';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { FieldErrors } from '../ui/field-errors';
import { answerOf, placeErrors } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { Session } from './session';

/** Connects the person with their household's nodes: distribution system operator and customer number. */
@Component({
  selector: 'ceex-pair-page',
  imports: [
    Empty,
    Face,
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
    TextPipe,
  ],
  templateUrl: './pair-page.html',
  styleUrl: './form.scss',
})
export class PairPage {
  protected readonly session = inject(Session);
  private readonly pairings = inject(PairingsClient);
  private readonly router = inject(Router);
  protected readonly dsos = inject(DsoClient).all();

  protected readonly problem = signal<Problem | undefined>(undefined);
  private readonly model = signal({ dso: '', customerNumber: '' });
  protected readonly form = form(this.model, (path) => {
    required(path.dso);
    required(path.customerNumber);
  });

  constructor() {
    // Where there is one grid operator alone, nobody has to choose it.
    effect(() => {
      const [only, ...others] = this.dsos.hasValue() ? this.dsos.value().items : [];
      if (only && others.length === 0) untracked(() => this.model.update((model) => ({ ...model, dso: only.dsoId })));
    });
  }

  protected pair(event: Event): void {
    event.preventDefault();
    void submit(this.form, async () => {
      const { dso, customerNumber } = this.form().value();
      const answer = await answerOf(this.pairings.pair(dso, customerNumber.trim()));
      if (!('problem' in answer)) {
        await this.session.reloadUser();
        await this.router.navigateByUrl('/trading');
        return undefined;
      }
      const placed = placeErrors(this.form, answer.problem, { dsoClientId: 'customerNumber' });
      this.problem.set(placed.length === 0 ? answer.problem : undefined);
      return placed;
    });
  }
}
