import { Component, ElementRef, effect, inject, linkedSignal, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Problem, problemOf } from '../api/problem';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { LogInAgain } from './log-in-again';
import { Session } from './session';

/** The question for the password over the page that somebody was working on. */
@Component({
  selector: 'ceex-log-in-again-dialog',
  imports: [MatButton, ProblemNotice, TextPipe],
  templateUrl: './log-in-again-dialog.html',
  styleUrl: '../ui/dialog.scss',
})
export class LogInAgainDialog {
  protected readonly again = inject(LogInAgain);
  protected readonly session = inject(Session);
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  /** The account wants a code as well; who turned that on elsewhere is told so by the server alone. */
  protected readonly codeNeeded = linkedSignal(() => this.session.user()?.secondFactor ?? false);
  private readonly dialog = viewChild<ElementRef<HTMLDialogElement>>('dialog');
  private readonly code = viewChild<ElementRef<HTMLInputElement>>('code');

  constructor() {
    effect(() => {
      const dialog = this.dialog()?.nativeElement;
      if (dialog && !dialog.open) dialog.showModal();
    });
  }

  protected async logIn(event: Event, password: string): Promise<void> {
    event.preventDefault();
    if (this.busy() || password === '') return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.again.logIn(password, this.code()?.nativeElement.value ?? '');
    } catch (error) {
      const problem = problemOf(error);
      this.problem.set(problem);
      if (problem.code === 'code-needed') this.codeNeeded.set(true);
    } finally {
      this.busy.set(false);
    }
  }

  protected leave(event: Event): void {
    event.preventDefault();
    this.again.leave();
  }
}
