import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { NeighboursClient } from '../api/neighbours-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { lookAgain } from '../ui/look-again';
import { Portrait } from '../ui/portrait';
import { TextPipe } from '../ui/text-pipe';
import { Unread } from '../ui/unread';
import { Conversation } from './conversation';

const LOOK_AGAIN_MS = 10_000;

/** The neighbours who want to be written to, and what one of them and I wrote. */
@Component({
  selector: 'ceex-neighbours-page',
  imports: [Conversation, Empty, Face, Icon, MatButton, Portrait, RouterLink, TextPipe],
  templateUrl: './neighbours-page.html',
  styleUrl: './neighbours-page.scss',
})
export class NeighboursPage {
  /** From the address: whose conversation is open. */
  readonly with = input<string>();

  private readonly client = inject(NeighboursClient);
  private readonly unread = inject(Unread);
  protected readonly card = this.client.card();
  protected readonly neighbours = this.client.list();
  protected readonly chosen = computed(() =>
    this.neighbours.hasValue() ? this.neighbours.value().find((each) => each.neighbourId === this.with()) : undefined,
  );
  /** Grows whenever there may be something new to read. */
  protected readonly round = signal(0);

  constructor() {
    lookAgain(() => this.look(), LOOK_AGAIN_MS);
    // Whatever is open is read.
    effect(() => {
      const chosen = this.chosen();
      if (chosen && chosen.unread > 0) untracked(() => this.markRead(chosen.neighbourId));
    });
  }

  protected look(): void {
    this.neighbours.reload();
    this.round.update((round) => round + 1);
  }

  private markRead(neighbourId: string): void {
    this.round.update((round) => round + 1);
    this.client.read(neighbourId).subscribe({
      next: () => {
        this.neighbours.reload();
        this.unread.look();
      },
      error: () => undefined, // it stays unread, and the next look tries again
    });
  }
}
