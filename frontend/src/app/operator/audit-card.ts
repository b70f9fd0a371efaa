import { Component, inject } from '@angular/core';
import { OperatorClient } from '../api/operator-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { lookAgain } from '../ui/look-again';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 10_000;

/** The audit trail: what operators did, the newest first. */
@Component({
  selector: 'ceex-audit-card',
  imports: [Empty, Face, TextPipe, TimePipe],
  templateUrl: './audit-card.html',
  styleUrl: './card.scss',
})
export class AuditCard {
  protected readonly deeds = inject(OperatorClient).deeds();

  constructor() {
    lookAgain(() => this.deeds.reload(), LOOK_AGAIN_MS);
  }
}
