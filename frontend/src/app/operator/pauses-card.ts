import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Observable } from 'rxjs';
import { OperatorClient } from '../api/operator-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { lookAgain } from '../ui/look-again';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 5_000;

/** Nodes from which no order is taken now: by a remedy or a person, who may also end it. */
@Component({
  selector: 'ceex-pauses-card',
  imports: [Empty, Face, MatButton, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './pauses-card.html',
  styleUrl: './card.scss',
})
export class PausesCard {
  private readonly client = inject(OperatorClient);
  protected readonly pauses = this.client.pauses();
  protected readonly node = signal('');
  protected readonly reason = signal('');
  protected readonly sending = new Sending();

  constructor() {
    lookAgain(() => this.pauses.reload(), LOOK_AGAIN_MS);
  }

  protected pause(event: Event): void {
    event.preventDefault();
    void this.send(this.client.pauseIntake(this.node().trim(), this.reason().trim()));
  }

  protected end(pauseId: string): void {
    void this.send(this.client.endPause(pauseId));
  }

  private async send(request: Observable<unknown>): Promise<void> {
    const answer = await this.sending.send(request);
    if ('value' in answer) {
      this.node.set('');
      this.reason.set('');
    }
    this.pauses.reload();
  }
}
