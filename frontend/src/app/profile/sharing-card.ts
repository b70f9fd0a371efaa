import { Component, inject, input, linkedSignal, output, signal } from '@angular/core';
import { FormField, form, maxLength } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatSlideToggle } from '@angular/material/slide-toggle';
import { TranslocoPipe } from '@jsverse/transloco';
import { Node, NodesClient } from '../api/nodes-client';
import { Problem } from '../api/problem';
import { FieldErrors } from '../ui/field-errors';
import { answerOf } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';

/** What others see of me: nothing, unless I say so. */
@Component({
  selector: 'ceex-sharing-card',
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
    MatSlideToggle,
    ProblemNotice,
    TranslocoPipe,
  ],
  templateUrl: './sharing-card.html',
  styleUrl: './facts.scss',
})
export class SharingCard {
  readonly node = input.required<Node>();
  readonly saved = output();

  private readonly nodes = inject(NodesClient);
  private readonly model = linkedSignal(() => ({
    displayName: this.node().displayName,
    shared: this.node().shared,
  }));
  protected readonly form = form(this.model, (path) => maxLength(path.displayName, 60));
  protected readonly busy = signal(false);
  protected readonly done = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.form().invalid()) return;
    this.busy.set(true);
    this.done.set(false);
    const { displayName, shared } = this.model();
    const answer = await answerOf(this.nodes.setProfile(this.node().nodeId, displayName.trim(), shared));
    this.busy.set(false);
    this.problem.set('problem' in answer ? answer.problem : undefined);
    if ('problem' in answer) return;
    this.done.set(true);
    this.saved.emit();
  }
}
