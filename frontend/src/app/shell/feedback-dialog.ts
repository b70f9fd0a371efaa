import { Component, ElementRef, afterNextRender, inject, output, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { FeedbackClient } from '../api/feedback-client';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';

/** A few words to the operator about the page that is open. */
@Component({
  selector: 'ceex-feedback-dialog',
  imports: [MatButton, ProblemNotice, TextPipe],
  templateUrl: './feedback-dialog.html',
  styleUrl: '../ui/dialog.scss',
})
export class FeedbackDialog {
  readonly closed = output();
  private readonly client = inject(FeedbackClient);
  private readonly router = inject(Router);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  protected readonly told = signal(false);
  protected readonly sending = new Sending();

  constructor() {
    afterNextRender(() => this.dialog().nativeElement.showModal());
  }

  protected async tell(event: Event, text: string): Promise<void> {
    event.preventDefault();
    if (this.sending.busy() || text.trim() === '') return;
    // The path alone: what stands behind it may be a token.
    const answer = await this.sending.send(this.client.tell(text, this.router.url.split(/[?#]/)[0] ?? '/'));
    this.told.set(!('problem' in answer));
  }
}
