import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { StatementFile, StatementLine, StatementsClient } from '../api/statements-client';
import { Problem, problemOf } from '../api/problem';
import { Household } from '../auth/household';
import { download } from '../ui/download';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { MoneyPipe } from '../ui/money-pipe';
import { MonthPipe } from '../ui/month-pipe';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { bytesOf } from './bytes';

const AUCTION = /^(?:dam|rtm)-\d{4}-\d\d-\d\d/;

/** What each month came to: figures that open to their lines, and files to keep. */
@Component({
  selector: 'ceex-statements-page',
  imports: [Empty, EnergyPipe, Face, Icon, MatButton, MoneyPipe, MonthPipe, ProblemNotice, RouterLink, TextPipe, TimePipe],
  templateUrl: './statements-page.html',
  styleUrl: './statements-page.scss',
})
export class StatementsPage {
  private readonly client = inject(StatementsClient);
  private readonly household = inject(Household);
  private readonly language = inject(Language);

  private readonly chosen = signal<string | undefined>(undefined);
  protected readonly opened = signal<string | undefined>(undefined);
  protected readonly problem = signal<Problem | undefined>(undefined);

  protected readonly months = this.client.list(this.household.nodeId);
  protected readonly month = computed(() => {
    const items = this.months.hasValue() ? this.months.value().items : [];
    return (items.find((each) => each.month === this.chosen()) ?? items[0])?.month;
  });
  protected readonly statement = this.client.of(this.household.nodeId, this.month);
  protected readonly lines = this.client.lines(this.household.nodeId, this.month, this.opened);

  protected choose(month: string): void {
    this.chosen.set(month);
    this.opened.set(undefined);
    this.problem.set(undefined);
  }

  /** Only one figure is open at a time, so that a phone does not drown in lines. */
  protected open(figure: string, isOpen: boolean): void {
    if (isOpen) this.opened.set(figure);
    else if (this.opened() === figure) this.opened.set(undefined);
  }

  protected download(file: 'csv' | 'pdf'): void {
    const [nodeId, month] = [this.household.nodeId(), this.month()];
    if (!nodeId || !month) return;
    this.problem.set(undefined);
    this.client.file(nodeId, month, file, this.language.current()).subscribe({
      next: (answer) => this.save(answer),
      error: (error: unknown) => this.problem.set(problemOf(error)),
    });
  }

  /** What an auction decided is explained where its result stands. */
  protected isAuction(line: StatementLine): boolean {
    return AUCTION.test(line.document);
  }

  /** Looks at the side of the household that the line is about. */
  protected goWith(line: StatementLine): void {
    const pairing = this.household.pairing();
    if (line.nodeId) this.household.choose(line.nodeId === pairing?.producerNodeId ? 'producer' : 'consumer');
  }

  private save(file: StatementFile): void {
    download(file.name, bytesOf(file.base64), file.mediaType);
  }
}
