import { Component, inject, input, signal } from '@angular/core';
import { FormField, form, maxLength, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Node } from '../api/nodes-client';
import { PayoutClient } from '../api/payout-client';
import { Problem } from '../api/problem';
import { Face } from '../ui/face';
import { FieldErrors } from '../ui/field-errors';
import { answerOf, placeErrors } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';

/** The bank account to which the household's money is paid out. */
@Component({
  selector: 'ceex-payout-card',
  imports: [
    Face,
    FieldErrors,
    FormField,
    MatButton,
    MatError,
    MatFormField,
    MatInput,
    MatLabel,
    ProblemNotice,
    TextPipe,
  ],
  templateUrl: './payout-card.html',
  styleUrl: './facts.scss',
})
export class PayoutCard {
  readonly node = input.required<Node>();
  private readonly client = inject(PayoutClient);
  protected readonly account = this.client.of(() => this.node().nodeId);
  protected readonly writing = signal(false);
  protected readonly done = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly form = form(signal({ holder: '', iban: '' }), (path) => {
    required(path.holder);
    required(path.iban);
    maxLength(path.holder, 70);
    maxLength(path.iban, 34);
  });

  protected begin(): void {
    this.form().reset({ holder: (this.account.hasValue() && this.account.value().holder) || '', iban: '' });
    this.done.set(false);
    this.writing.set(true);
  }

  protected save(event: Event): void {
    event.preventDefault();
    void submit(this.form, async () => {
      const { holder, iban } = this.form().value();
      const answer = await answerOf(this.client.choose(this.node().nodeId, holder.trim(), iban));
      const placed = 'problem' in answer ? placeErrors(this.form, answer.problem) : [];
      this.problem.set('problem' in answer && placed.length === 0 ? answer.problem : undefined);
      if ('problem' in answer) return placed;
      this.writing.set(false);
      this.done.set(true);
      this.account.reload();
      return undefined;
    });
  }
}
