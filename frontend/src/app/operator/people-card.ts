import { Component, computed, inject } from '@angular/core';
import { OperatorClient } from '../api/operator-client';
import { Face } from '../ui/face';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

/** Every household of the grid, and who acts for it. */
@Component({
  selector: 'ceex-people-card',
  imports: [Face, TextPipe, TimePipe],
  templateUrl: './people-card.html',
  styleUrl: './card.scss',
})
export class PeopleCard {
  private readonly client = inject(OperatorClient);
  protected readonly participants = this.client.participants();
  protected readonly pairings = this.client.pairings();
  private readonly pairedBy = computed(() => {
    const items = this.pairings.hasValue() ? this.pairings.value().items : [];
    return new Map(items.map((each) => [`${each.dsoId} ${each.customerNumber}`, each]));
  });
  protected readonly rows = computed(() => {
    const items = this.participants.hasValue() ? this.participants.value().items : [];
    const rows = items.map((each) => ({ ...each, paired: this.pairedBy().get(`${each.dsoId} ${each.customerNumber}`) }));
    // Who acts for somebody stands first; within both the order of the numbers.
    return [...rows.filter((row) => row.paired), ...rows.filter((row) => !row.paired)];
  });
}
