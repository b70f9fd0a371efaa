import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Observable } from 'rxjs';
import { OperatorClient, SteeredMarket } from '../api/operator-client';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const WHOLE = /^-?\d{1,9}$/;

/** One market: its halt, its parameters, and those that hold from a day on. */
@Component({
  selector: 'ceex-market-card',
  imports: [Icon, MatButton, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './market-card.html',
  styleUrl: './card.scss',
})
export class MarketCard {
  readonly market = input.required<SteeredMarket>();
  readonly changed = output();
  private readonly client = inject(OperatorClient);

  protected readonly names = computed(() => Object.keys(this.market().values));
  protected readonly reason = signal('');
  protected readonly name = signal('publishWithinS');
  protected readonly value = signal('');
  protected readonly from = signal('');
  protected readonly sending = new Sending();
  protected readonly isSwitch = computed(() => typeof this.market().values[this.name()] === 'boolean');
  protected readonly isReady = computed(() => this.from() !== '' && (this.isSwitch() || WHOLE.test(this.value())));

  protected halt(event: Event): void {
    event.preventDefault();
    void this.send(this.client.halt(this.market().marketId, this.reason().trim()));
  }

  protected resume(): void {
    void this.send(this.client.resume(this.market().marketId));
  }

  protected change(event: Event): void {
    event.preventDefault();
    const value = this.isSwitch() ? this.value() === 'true' : Number(this.value());
    void this.send(this.client.change(this.market().marketId, this.from(), { [this.name()]: value }));
  }

  protected readonly changesOf = (values: Record<string, number | boolean>) => Object.entries(values);

  private async send(request: Observable<unknown>): Promise<void> {
    const answer = await this.sending.send(request);
    if ('value' in answer) {
      this.reason.set('');
      this.value.set('');
    }
    this.changed.emit();
  }
}
