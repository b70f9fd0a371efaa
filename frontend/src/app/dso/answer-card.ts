import { Component, DestroyRef, computed, inject, input, linkedSignal, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoService } from '@jsverse/transloco';
import { Observable } from 'rxjs';
import { GridSeatClient, LineFlows, Schedule } from '../api/grid-seat-client';
import { clockFace } from '../ui/countdown';
import { EnergyPipe } from '../ui/energy-pipe';
import { ExchangeClock } from '../ui/exchange-clock';
import { Language } from '../ui/language';
import { parseNumber } from '../ui/numbers';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { quarterHours } from './quarter-hours';
import { SpanChoice } from './span-choice';

/** The answer to a schedule: accept it, or say what the grid cannot carry; with the time that is left. */
@Component({
  selector: 'ceex-answer-card',
  imports: [EnergyPipe, MatButton, ProblemNotice, SpanChoice, TextPipe, TimePipe],
  templateUrl: './answer-card.html',
  styleUrl: './form.scss',
})
export class AnswerCard {
  readonly dsoId = input.required<string>();
  readonly schedule = input.required<Schedule>();
  readonly periodStarts = input.required<readonly string[]>();
  readonly lines = input.required<readonly LineFlows[]>();
  readonly picked = input<string>();
  readonly period = input.required<number>();
  readonly answered = output();

  private readonly seat = inject(GridSeatClient);
  private readonly clock = inject(ExchangeClock);
  private readonly transloco = inject(TranslocoService);
  private readonly language = inject(Language);

  protected readonly left = computed(() => {
    const now = this.clock.now();
    return now === undefined ? undefined : Date.parse(this.schedule().answerBy) - now;
  });
  protected readonly face = computed(() => clockFace(this.left() ?? 0));
  protected readonly takesAnswers = computed(() => this.schedule().state === 'waiting' && (this.left() ?? 1) > 0);
  protected readonly quarters = computed(() => {
    const { deliveryStartsAt, deliveryEndsAt } = this.schedule();
    return quarterHours(new Date(deliveryStartsAt), new Date(deliveryEndsAt));
  });

  protected readonly opened = signal(false);
  protected readonly line = linkedSignal(() => this.picked());
  protected readonly first = linkedSignal(() => this.period());
  protected readonly last = linkedSignal(() => this.period());
  protected readonly limit = signal('');
  protected readonly reason = signal('');
  protected readonly sending = new Sending();
  protected readonly fault = signal('');
  protected readonly done = signal('');

  constructor() {
    this.clock.runFor(inject(DestroyRef));
  }

  protected accept(): void {
    void this.send(this.seat.accept(this.dsoId(), this.schedule()), 'dso.accepted-now');
  }

  protected curtail(event: Event): void {
    event.preventDefault();
    const line = this.line();
    const [from, until] = [this.quarters()[this.first()], this.quarters()[Math.max(this.first(), this.last())]];
    const parsed = parseNumber(this.limit(), 3);
    this.fault.set(parsed.fault ? `field.${parsed.fault}` : this.reason().trim().length < 3 ? 'dso.reason-missing' : '');
    if (this.fault() || !line || parsed.value === undefined || !from || !until) return;
    const limits = [{ line, startsAt: from.startsAt, endsAt: until.endsAt, limitWh: parsed.value }];
    const request = this.seat.curtail(this.dsoId(), this.schedule(), this.reason().trim(), limits);
    void this.send(request, 'dso.curtailed-now');
  }

  private async send(request: Observable<unknown>, said: string): Promise<void> {
    this.done.set('');
    const answer = await this.sending.send(request);
    if ('value' in answer) {
      this.opened.set(false);
      this.done.set(this.transloco.translate(said, {}, this.language.current()));
      this.answered.emit();
    }
  }
}
