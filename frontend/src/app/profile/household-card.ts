import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Dso } from '../api/dso-client';
import { Node } from '../api/nodes-client';
import { PairingsClient } from '../api/pairings-client';
import { Household } from '../auth/household';
import { decimal } from '../ui/formats';
import { Language } from '../ui/language';
import { PricePipe } from '../ui/price-pipe';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';

/** Where the household stands in the grid, and what its utility asks and pays. */
@Component({
  selector: 'ceex-household-card',
  imports: [MatButton, PricePipe, ProblemNotice, TextPipe],
  templateUrl: './household-card.html',
  styleUrl: './facts.scss',
})
export class HouseholdCard {
  readonly node = input.required<Node>();
  readonly dso = input.required<Dso>();
  readonly unpaired = output();

  protected readonly household = inject(Household);
  private readonly language = inject(Language);
  private readonly pairings = inject(PairingsClient);
  protected readonly asking = signal(false);
  protected readonly sending = new Sending();
  protected readonly capacity = computed(() =>
    decimal(this.node().connectionCapacityW / 1000, this.language.current(), 0, 1),
  );
  protected readonly vat = computed(() => decimal(this.dso().tariff.vatPermille / 10, this.language.current(), 1));

  protected async unpair(): Promise<void> {
    const pairing = this.household.pairing();
    if (!pairing) return;
    const answer = await this.sending.send(this.pairings.unpair(pairing.pairingId));
    if ('value' in answer) this.unpaired.emit();
  }
}
