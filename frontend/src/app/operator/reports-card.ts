import { Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { NeighboursClient, Report } from '../api/neighbours-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { lookAgain } from '../ui/look-again';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 60_000;

/** Messages between neighbours that one of them reported, those that wait first. */
@Component({
  selector: 'ceex-reports-card',
  imports: [Empty, Face, MatButton, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './reports-card.html',
  styleUrl: './card.scss',
})
export class ReportsCard {
  private readonly client = inject(NeighboursClient);
  protected readonly reports = this.client.reports();
  protected readonly sending = new Sending();

  constructor() {
    lookAgain(() => this.reports.reload(), LOOK_AGAIN_MS);
  }

  protected async settle(report: Report, silence: boolean): Promise<void> {
    await this.sending.send(this.client.settle(report.reportId, silence));
    this.reports.reload();
  }
}
