import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoPipe } from '@jsverse/transloco';
import { NeighboursClient, Report } from '../api/neighbours-client';
import { Problem } from '../api/problem';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { answerOf } from '../ui/form-answer';
import { lookAgain } from '../ui/look-again';
import { ProblemNotice } from '../ui/problem-notice';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 60_000;

/** Messages between neighbours that one of them reported, those that wait first. */
@Component({
  selector: 'ceex-reports-card',
  imports: [Empty, Face, MatButton, ProblemNotice, TimePipe, TranslocoPipe],
  templateUrl: './reports-card.html',
  styleUrl: './card.scss',
})
export class ReportsCard {
  private readonly client = inject(NeighboursClient);
  protected readonly reports = this.client.reports();
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);

  constructor() {
    lookAgain(() => this.reports.reload(), LOOK_AGAIN_MS);
  }

  protected async settle(report: Report, silence: boolean): Promise<void> {
    this.busy.set(true);
    const answer = await answerOf(this.client.settle(report.reportId, silence));
    this.busy.set(false);
    this.problem.set('problem' in answer ? answer.problem : undefined);
    this.reports.reload();
  }
}
