import { Component, DestroyRef, computed, inject } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { Auction, AuctionsClient } from '../api/auctions-client';
import { DsoClient } from '../api/dso-client';
import { NodesClient } from '../api/nodes-client';
import { ResultsClient } from '../api/results-client';
import { Household } from '../auth/household';
import { SideToggle } from '../auth/side-toggle';
import { Chart } from '../ui/chart';
import { Series } from '../ui/chart-option';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { formatEnergy, formatPrice } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { addDays, dayOf, periodLabelsOfDays, startOfDay } from '../ui/market-time';
import { Marks } from '../ui/marks';
import { safeLimit } from '../ui/strategy-meaning';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { acceptedSpans, bestOf, isPublished, positionOf, quarterHours, stateOf } from './day-prices';

const LOOK_MS = 30_000;

/** The day-ahead prices of today and tomorrow at my meter, with my limit and what was accepted of mine. */
@Component({
  selector: 'ceex-price-card',
  imports: [Chart, Face, Icon, SideToggle, TextPipe, TimePipe],
  templateUrl: './price-card.html',
  styleUrl: './price-card.scss',
})
export class PriceCard {
  protected readonly household = inject(Household);
  private readonly clock = inject(ExchangeClock);
  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);
  private readonly auctionsClient = inject(AuctionsClient);
  private readonly resultsClient = inject(ResultsClient);

  private readonly today = computed(() => {
    const now = this.clock.now();
    // Without the exchange's clock the browser's day must do.
    if (now === undefined) return this.clock.failed() ? dayOf(Date.now()) : undefined;
    return dayOf(now);
  });
  protected readonly auctions = this.auctionsClient.list(() => {
    const today = this.today();
    return today ? { market: 'dam', from: today, to: addDays(today, 2) } : undefined;
  });
  private readonly days = computed(() => {
    const today = this.today();
    return today ? [today, addDays(today, 1)] : [];
  });
  private readonly first = this.dayOf(0);
  private readonly second = this.dayOf(1);

  private readonly node = inject(NodesClient).of(this.household.nodeId);
  private readonly dsos = inject(DsoClient).all();
  private readonly limit = computed(() => {
    const node = this.node.hasValue() ? this.node.value() : undefined;
    const tariff = this.dsos.hasValue() ? this.dsos.value().items.find((dso) => dso.dsoId === node?.dsoId)?.tariff : undefined;
    if (!node?.strategy?.active) return undefined;
    return node.strategy.limitPriceRpPerMwh ?? (tariff && safeLimit(node.side, tariff));
  });
  protected readonly hours = computed(() => {
    const node = this.node.hasValue() ? this.node.value() : undefined;
    if (!node) return [];
    const fee = node.side === 'consumer' ? node.withdrawalFeeRpPerMwh : 0;
    return quarterHours([this.first(), this.second()], fee);
  });
  /** Days whose prices are not there, and why. */
  protected readonly missing = computed(() =>
    [this.first(), this.second()].map(({ auction }, at) => {
      const day = this.days()[at] ?? '';
      return { day: startOfDay(day || '1970-01-01'), state: stateOf(auction), expectedAt: auction?.expectedPublicationAt };
    }).filter(({ state }) => state !== 'published'),
  );

  /** A read of a published day that failed: without it the picture would be wrong. */
  protected readonly failed = computed(() => this.first().failed ?? this.second().failed);

  protected readonly labels = computed(() =>
    periodLabelsOfDays(this.hours().map((hour) => hour.startsAt), this.language.current(), 'shortDay'),
  );
  protected readonly series = computed<Series[]>(() => [
    {
      name: this.text(`home.price-${this.household.side()}`),
      tone: 'mine',
      kind: 'step',
      values: this.hours().map((hour) => hour.priceRpPerMwh),
    },
  ]);
  private readonly position = computed(() => positionOf(this.hours(), this.clock.now() ?? Number.NaN));
  protected readonly marks = computed<Marks>(() => {
    const [at, limit] = [this.position(), this.limit()];
    return {
      now: at === undefined ? undefined : { at, name: this.text('home.now') },
      limits: limit === undefined ? [] : [{ value: limit, name: this.text('home.my-limit') }],
      shaded: acceptedSpans(this.hours()),
    };
  });
  protected readonly caption = computed(() => {
    const [lang, hours, side, at] = [this.language.current(), this.hours(), this.household.side(), this.position()];
    const prices = hours.map((hour) => hour.priceRpPerMwh);
    // What is over cannot be chosen any more.
    const best = bestOf(at === undefined ? hours : hours.slice(at), side);
    if (!best) return '';
    const accepted = hours.filter((hour) => hour.acceptedWh > 0);
    return [
      this.text(`home.caption-${side}`, {
        low: formatPrice(Math.min(...prices), lang, false),
        high: formatPrice(Math.max(...prices), lang),
        best: formatPrice(best.priceRpPerMwh, lang),
        at: this.labels()[hours.indexOf(best)] ?? '',
      }),
      this.text(accepted.length > 0 ? 'home.shaded' : 'home.not-shaded', {
        count: accepted.length,
        energy: formatEnergy(accepted.reduce((sum, hour) => sum + hour.acceptedWh, 0), lang),
      }),
    ].join(' ');
  });
  protected readonly format = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatPrice(value, lang);
  });
  protected readonly axis = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatPrice(value, lang, false);
  });

  constructor() {
    const timer = setInterval(() => this.look(), LOOK_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  /** Looks now and then for what has been published meanwhile, while anything is missing and somebody looks on. */
  private look(): void {
    if (document.hidden || this.missing().length === 0 || this.auctions.isLoading()) return;
    this.auctions.reload();
  }

  private dayOf(at: 0 | 1) {
    const auction = computed<Auction | undefined>(() => {
      const day = this.days()[at];
      return this.auctions.hasValue() ? this.auctions.value().items.find((each) => each.deliveryDay === day) : undefined;
    });
    const publishedId = computed(() => (isPublished(auction()) ? auction()?.auctionId : undefined));
    const prices = this.auctionsClient.pricesOf(publishedId, this.household.nodeId);
    const results = this.resultsClient.of(this.household.nodeId, publishedId);
    return computed(() => ({
      failed: [prices, results].find((read) => read.error()),
      auction: auction(),
      prices: prices.hasValue() ? prices.value() : undefined,
      results: results.hasValue() ? results.value() : undefined,
    }));
  }

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}
