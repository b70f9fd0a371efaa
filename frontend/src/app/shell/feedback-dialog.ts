import { Component, ElementRef, afterNextRender, inject, output, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { TranslocoPipe } from '@jsverse/transloco';
import { FeedbackClient } from '../api/feedback-client';
import { Problem } from '../api/problem';
import { answerOf } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';

/** A few words to the operator about the page that is open. */
@Component({
  selector: 'ceex-feedback-dialog',
  imports: [MatButton, ProblemNotice, TranslocoPipe],
  templateUrl: './feedback-dialog.html',
  styleUrl: '../ui/dialog.scss',
})
export class FeedbackDialog {
  readonly closed = output();
  private readonly client = inject(FeedbackClient);
  private readonly router = inject(Router);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  protected readonly busy = signal(false);
  protected readonly told = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);

  constructor() {
    afterNextRender(() => this.dialog().nativeElement.showModal());
  }

  protected async tell(event: Event, text: string): Promise<void> {
    event.preventDefault();
    if (this.busy() || text.trim() === '') return;
    this.busy.set(true);
    // The path alone: what stands behind it may be a token.
    const answer = await answerOf(this.client.tell(text, this.router.url.split(/[?#]/)[0] ?? '/'));
    this.busy.set(false);
    this.problem.set('problem' in answer ? answer.problem : undefined);
    this.told.set(!('problem' in answer));
  }
}
