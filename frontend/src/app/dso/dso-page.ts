import { Component, DestroyRef, computed, effect, inject, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TranslocoService } from '@jsverse/transloco';
import { DsoClient } from '../api/dso-client';
import { GridSeatClient, LineFlows, Schedule } from '../api/grid-seat-client';
import { Chart } from '../ui/chart';
import { Series } from '../ui/chart-option';
import { download } from '../ui/download';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { Face } from '../ui/face';
import { formatEnergy } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { formatTime, periodLabels } from '../ui/market-time';
import { PricePipe } from '../ui/price-pipe';
import { TextPipe } from '../ui/text-pipe';
import { AnswerCard } from './answer-card';
import { CapacitiesCard } from './capacities-card';
import { FlexibilityCard } from './flexibility-card';
import { GridTree } from './grid-tree';
import { capacityOf, fullestLine, shareOf, tellingPeriod } from './tree-layout';

const LOOK_AGAIN_MS = 10_000;

/** The grid operator's seat: what flows over its lines and why prices part, its answers, its orders. */
@Component({
  selector: 'ceex-dso-page',
  imports: [
    AnswerCard,
    CapacitiesCard,
    Chart,
    Empty,
    EnergyPipe,
    Face,
    FlexibilityCard,
    GridTree,
    Icon,
    MatButton,
    PricePipe,
    TextPipe,
  ],
  templateUrl: './dso-page.html',
  styleUrl: './dso-page.scss',
})
export class DsoPage {
  private readonly seat = inject(GridSeatClient);
  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);

  protected readonly operators = inject(DsoClient).all();
  private readonly wanted = signal<string | undefined>(undefined);
  protected readonly dso = computed(() => {
    const items = this.operators.hasValue() ? this.operators.value().items : [];
    return items.find((item) => item.dsoId === this.wanted()) ?? items[0];
  });
  protected readonly dsoId = computed(() => this.dso()?.dsoId);

  protected readonly schedules = this.seat.schedules(this.dsoId);
  protected readonly list = linkedSignal<Schedule[] | undefined, Schedule[]>({
    source: () => (this.schedules.hasValue() ? this.schedules.value().items : undefined),
    computation: (items, before) => items ?? before?.value ?? [],
  });
  protected readonly auctionId = linkedSignal<Schedule[], string | undefined>({
    source: this.list,
    computation: (items, before) => before?.value ?? this.first(items)?.auctionId,
  });
  protected readonly schedule = computed(() => this.list().find((item) => item.auctionId === this.auctionId()));
  protected readonly flows = this.seat.flows(this.dsoId, this.auctionId);

  protected readonly lines = computed(() => (this.flows.hasValue() ? this.flows.value().items : []));
  protected readonly labels = computed(() => periodLabels(this.flows.hasValue() ? this.flows.value().periodStarts : []));
  protected readonly period = linkedSignal<LineFlows[], number>({
    source: this.lines,
    computation: (lines) => tellingPeriod(lines),
  });
  protected readonly binding = computed(() => this.lines().filter((line) => line.bindingPeriods.includes(this.period())));
  protected readonly picked = linkedSignal<LineFlows[], string | undefined>({
    source: this.lines,
    computation: (lines, before) => {
      const kept = lines.find((line) => line.fromBus === before?.value);
      return (kept ?? fullestLine(lines))?.fromBus;
    },
  });
  protected readonly line = computed(() => this.lines().find((line) => line.fromBus === this.picked()));
  protected readonly priceAbove = computed(() => this.priceAt(this.line()?.toBus));
  protected readonly asTable = signal(false);

  protected readonly energy = computed(() => {
    const lang = this.language.current();
    return (wh: number) => formatEnergy(wh, lang);
  });
  protected readonly series = computed<Series[]>(() => {
    const line = this.line();
    if (!line) return [];
    const text = (key: string) => this.transloco.translate(key, {}, this.language.current());
    const down = line.capacitiesDownWh.map((wh) => (wh === null ? null : -wh));
    return [
      { name: text('dso.flow'), tone: 'mine', kind: 'line', values: line.flowsWh },
      { name: text('dso.may-up'), tone: 'network', kind: 'line', values: line.capacitiesUpWh },
      { name: text('dso.may-down'), tone: 'market', kind: 'line', values: down },
    ];
  });

  constructor() {
    // What is published meanwhile appears by itself.
    const timer = setInterval(() => !document.hidden && this.schedules.reload(), LOOK_AGAIN_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
    effect(() => {
      if (this.schedule()?.state === 'curtailed') this.flows.reload();
    });
  }

  protected chooseOperator(id: string): void {
    this.wanted.set(id);
    this.auctionId.set(undefined);
  }

  protected nameOf(item: Schedule): string {
    const lang = this.language.current();
    const market = this.transloco.translate(`market.${item.marketId}`, {}, lang);
    const when = formatTime(item.deliveryStartsAt, lang, item.marketId === 'dam' ? 'weekday' : 'dateTime');
    return `${market}, ${when} – ${this.transloco.translate(`dso.state-${item.state}`, {}, lang)}`;
  }

  protected readonly share = (line: LineFlows) => shareOf(line, this.period());
  protected readonly capacity = (line: LineFlows) => capacityOf(line, this.period());

  protected priceAt(bus: string | undefined): number | undefined {
    if (!bus || !this.flows.hasValue()) return undefined;
    const flows = this.flows.value();
    const below = flows.items.find((line) => line.fromBus === bus);
    return (below?.pricesRpPerMwh ?? flows.borderPricesRpPerMwh)[this.period()];
  }

  protected answered(): void {
    this.schedules.reload();
    this.flows.reload();
  }

  protected save(): void {
    const [dso, auction] = [this.dsoId(), this.auctionId()];
    if (!dso || !auction) return;
    this.seat.file(dso, auction).subscribe(({ fileName, csv }) => download(fileName, csv, 'text/csv'));
  }

  /** The day ahead waits longest for an answer, so it comes first. */
  private first(items: readonly Schedule[]): Schedule | undefined {
    const waiting = items.filter((item) => item.state === 'waiting');
    return waiting.find((item) => item.marketId === 'dam') ?? waiting[0] ?? items.find((item) => item.marketId === 'dam') ?? items[0];
  }
}
