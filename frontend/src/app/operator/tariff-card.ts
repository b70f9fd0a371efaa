import { Component, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { DatedTariff, OperatorClient } from '../api/operator-client';
import { Face } from '../ui/face';
import { RP_PER_MWH_PER_RP_PER_KWH } from '../ui/formats';
import { parseNumber } from '../ui/numbers';
import { PricePipe } from '../ui/price-pipe';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const NAMES = ['retailEnergyRpPerMwh', 'feedInRpPerMwh', 'gridRpPerMwh', 'leviesRpPerMwh'] as const;
const DECIMALS = Math.log10(RP_PER_MWH_PER_RP_PER_KWH);

/** The tariffs of a grid operator, each with the day from which it holds. */
@Component({
  selector: 'ceex-tariff-card',
  imports: [Face, MatButton, PricePipe, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './tariff-card.html',
  styleUrl: './card.scss',
})
export class TariffCard {
  readonly dsoId = input.required<string>();
  private readonly client = inject(OperatorClient);
  protected readonly tariffs = this.client.tariffs(this.dsoId);
  protected readonly names = NAMES;
  protected readonly typed = signal<Partial<Record<(typeof NAMES)[number], string>>>({});
  protected readonly from = signal('');
  protected readonly fault = signal('');
  protected readonly sending = new Sending();

  protected write(name: (typeof NAMES)[number], text: string): void {
    this.typed.update((before) => ({ ...before, [name]: text }));
  }

  protected async publish(event: Event): Promise<void> {
    event.preventDefault();
    const tariff: Partial<DatedTariff> = { validFrom: this.from() };
    this.fault.set('');
    for (const name of NAMES) {
      const text = this.typed()[name]?.trim();
      if (!text) continue;
      const { value, fault } = parseNumber(text, DECIMALS);
      if (fault) this.fault.set(`field.${fault}`);
      tariff[name] = value;
    }
    if (this.fault()) return;
    const answer = await this.sending.send(this.client.publishTariff(this.dsoId(), tariff));
    if ('value' in answer) this.typed.set({});
    this.tariffs.reload();
  }
}
