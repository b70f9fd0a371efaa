import { Component, inject, input } from '@angular/core';
import { OperatorClient } from '../api/operator-client';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { Face } from '../ui/face';
import { TextPipe } from '../ui/text-pipe';

/** What stands out among the trades and orders of a day: patterns, judged by people. */
@Component({
  selector: 'ceex-findings-card',
  imports: [Empty, EnergyPipe, Face, TextPipe],
  templateUrl: './findings-card.html',
  styleUrl: './card.scss',
})
export class FindingsCard {
  readonly day = input.required<string | undefined>();
  protected readonly findings = inject(OperatorClient).findings(() => this.day());
}
