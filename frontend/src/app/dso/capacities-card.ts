import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoService } from '@jsverse/transloco';
import { CapacityRow, Direction, GridSeatClient } from '../api/grid-seat-client';
import { FieldProblem } from '../api/problem';
import { ExchangeClock } from '../ui/exchange-clock';
import { Explain } from '../ui/explain';
import { Face } from '../ui/face';
import { decimal } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { dayOf } from '../ui/market-time';
import { parseNumber } from '../ui/numbers';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { quarterHoursOf } from './quarter-hours';
import { SpanChoice } from './span-choice';

const COLUMNS = 'line,direction,starts_at,ends_at,capacity_w,reason';

/** What lines may carry, said by hand for one line or by a file for many; what was refused, row by row. */
@Component({
  selector: 'ceex-capacities-card',
  imports: [Face, Icon, MatButton, ProblemNotice, SpanChoice, TextPipe, TimePipe],
  templateUrl: './capacities-card.html',
  styleUrl: './form.scss',
})
export class CapacitiesCard {
  readonly dsoId = input.required<string>();
  readonly picked = input<string>();

  private readonly seat = inject(GridSeatClient);
  private readonly clock = inject(ExchangeClock);
  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);
  private readonly explain = inject(Explain);

  protected readonly read = this.seat.capacities(() => this.dsoId());
  protected readonly line = linkedSignal(() => this.picked());
  protected readonly direction = signal<Direction>('down');
  /** The next day that is still open in the day-ahead market, until another is chosen. */
  protected readonly day = linkedSignal<string | undefined, string>({
    source: () => this.clock.nextGate('dam')?.deliveryStartsAt,
    computation: (starts, before) => before?.value || (starts ? dayOf(starts) : ''),
  });
  protected readonly quarters = computed(() => (this.day() ? quarterHoursOf(this.day()) : []));
  protected readonly first = signal(0);
  protected readonly last = linkedSignal(() => this.quarters().length - 1);
  protected readonly capacity = signal('');
  protected readonly reason = signal('');
  protected readonly fault = signal('');
  protected readonly sending = new Sending();
  protected readonly done = signal('');
  protected readonly example = `${COLUMNS}\nN003,down,2026-11-24T16:00:00Z,2026-11-24T19:00:00Z,40000,`;

  protected readonly rating = computed(() => {
    const found = this.read.hasValue() ? this.read.value().lines.find((item) => item.line === this.line()) : undefined;
    const watts = this.direction() === 'up' ? found?.ratingUpW : found?.ratingDownW;
    return watts == null ? undefined : this.kilowatts(watts);
  });
  protected readonly errors = computed(() => {
    this.language.current();
    return (this.sending.problem()?.errors ?? []).map((error) => ({
      row: error.params['row'] as number | undefined,
      field: error.field.split('.').at(-1) ?? '',
      text: this.sentence(error),
    }));
  });

  protected readonly kilowatts = (watts: number) => `${decimal(watts / 1000, this.language.current(), 0, 3)}\u00a0kW`;

  protected post(event: Event): void {
    event.preventDefault();
    const line = this.line();
    const parsed = parseNumber(this.capacity(), 3);
    this.fault.set(parsed.fault ? `field.${parsed.fault}` : '');
    const [from, until] = [this.quarters()[this.first()], this.quarters()[Math.max(this.first(), this.last())]];
    if (parsed.value === undefined || !line || !from || !until) return;
    const row: CapacityRow = {
      line,
      direction: this.direction(),
      startsAt: from.startsAt,
      endsAt: until.endsAt,
      capacityW: parsed.value,
      reason: this.reason().trim(),
    };
    void this.send({ rows: [row] });
  }

  protected async upload(field: HTMLInputElement): Promise<void> {
    const file = field.files?.[0];
    if (!file) return;
    await this.send({ csv: await file.text() });
    // The same file may be chosen again once it is mended.
    field.value = '';
  }

  private async send(said: { rows: CapacityRow[] } | { csv: string }): Promise<void> {
    this.done.set('');
    const answer = await this.sending.send(this.seat.post(this.dsoId(), said));
    if ('value' in answer) {
      this.done.set(this.transloco.translate('dso.posted', { ...answer.value }, this.language.current()));
      this.read.reload();
    }
  }

  /** The server's own words where the page has none of its own. */
  private sentence(error: FieldProblem): string {
    const said = this.explain.field(error);
    return said.includes(error.code) && error.detail ? error.detail : said;
  }
}
