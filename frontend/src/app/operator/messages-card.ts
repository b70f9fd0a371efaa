import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { OperatorClient } from '../api/operator-client';
import { Problem } from '../api/problem';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { answerOf } from '../ui/form-answer';
import { lookAgain } from '../ui/look-again';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 10_000;

/** Messages to the participants that did not arrive; the dead ones can be tried again. */
@Component({
  selector: 'ceex-messages-card',
  imports: [Empty, Face, MatButton, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './messages-card.html',
  styleUrl: './card.scss',
})
export class MessagesCard {
  private readonly client = inject(OperatorClient);
  protected readonly outbox = this.client.outbox();
  protected readonly problem = signal<Problem | undefined>(undefined);

  constructor() {
    lookAgain(() => this.outbox.reload(), LOOK_AGAIN_MS);
  }

  protected async requeue(): Promise<void> {
    const answer = await answerOf(this.client.requeue());
    this.problem.set('problem' in answer ? answer.problem : undefined);
    this.outbox.reload();
  }
}
