import { Component, computed, inject, input, linkedSignal, output, signal } from '@angular/core';
import { FormField, form, maxLength, required } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatSlideToggle } from '@angular/material/slide-toggle';
import { NeighboursClient } from '../api/neighbours-client';
import { Node, NodesClient } from '../api/nodes-client';
import { Problem } from '../api/problem';
import { Face } from '../ui/face';
import { FieldErrors } from '../ui/field-errors';
import { answerOf } from '../ui/form-answer';
import { Icon } from '../ui/icon';
import { Portrait } from '../ui/portrait';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { PictureChoice } from './picture-choice';

/** What others see of me: partners on the map, neighbours who may write. Nothing, unless I say so. */
@Component({
  selector: 'ceex-sharing-card',
  imports: [
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
    MatSlideToggle,
    PictureChoice,
    Portrait,
    ProblemNotice,
    TextPipe,
  ],
  templateUrl: './sharing-card.html',
  styleUrl: './facts.scss',
})
export class SharingCard {
  readonly node = input.required<Node>();
  readonly saved = output();

  private readonly nodes = inject(NodesClient);
  private readonly neighbours = inject(NeighboursClient);
  protected readonly card = this.neighbours.card();
  private readonly said = computed(() => (this.card.hasValue() ? this.card.value() : undefined), {
    // A new picture leaves what is being written.
    equal: (a, b) => a?.name === b?.name && a?.open === b?.open,
  });
  private readonly model = linkedSignal(() => ({
    displayName: this.node().displayName || (this.said()?.name ?? ''),
    shared: this.node().shared,
    open: this.said()?.open ?? false,
  }));
  protected readonly form = form(this.model, (path) => {
    maxLength(path.displayName, 60);
    required(path.displayName, { when: ({ valueOf }) => valueOf(path.open) });
  });
  protected readonly name = computed(() => this.model().displayName.trim());
  protected readonly busy = signal(false);
  protected readonly done = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.form().invalid()) return this.form().markAsTouched();
    this.busy.set(true);
    this.done.set(false);
    this.problem.set(await this.put());
    this.busy.set(false);
    this.done.set(!this.problem());
    this.card.reload();
    this.saved.emit();
  }

  /** One name for both: the map's and the messages'. */
  private async put(): Promise<Problem | undefined> {
    const { shared, open } = this.model();
    const name = this.name();
    const shown = await answerOf(this.nodes.setProfile(this.node().nodeId, name, shared));
    if ('problem' in shown) return shown.problem;
    const described = await answerOf(this.neighbours.describe(name, open));
    return 'problem' in described ? described.problem : undefined;
  }
}
