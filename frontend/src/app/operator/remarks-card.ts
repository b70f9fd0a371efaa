import { Component, inject } from '@angular/core';
import { FeedbackClient } from '../api/feedback-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { lookAgain } from '../ui/look-again';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 60_000;

/** What people tell about the page, the newest first. */
@Component({
  selector: 'ceex-remarks-card',
  imports: [Empty, Face, TextPipe, TimePipe],
  templateUrl: './remarks-card.html',
  styleUrl: './card.scss',
})
export class RemarksCard {
  protected readonly remarks = inject(FeedbackClient).remarks();

  constructor() {
    lookAgain(() => this.remarks.reload(), LOOK_AGAIN_MS);
  }
}
