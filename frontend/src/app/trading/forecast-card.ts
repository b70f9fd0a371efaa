import { Component, computed, inject, input } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { Expected, ForecastClient } from '../api/forecast-client';
import { NodeSide, StrategyName } from '../api/nodes-client';
import { Chart } from '../ui/chart';
import { Series } from '../ui/chart-option';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { formatEnergy, formatPercent } from '../ui/formats';
import { Language } from '../ui/language';
import { periodLabelsOfDays } from '../ui/market-time';
import { TextPipe } from '../ui/text-pipe';

/** What strategies expect of my meter until tomorrow, how sure they are, and how right they were. */
@Component({
  selector: 'ceex-forecast-card',
  imports: [Chart, Empty, Face, TextPipe],
  template: `
    <section class="card stack" aria-labelledby="forecast-title" data-testid="forecast-card">
      <h2 id="forecast-title">{{ 'forecast.title-' + side() | transloco }}</h2>
      @if (!forecast.hasValue()) {
        <ceex-face [of]="forecast" [lines]="6" />
      } @else if (known()) {
        @defer (on viewport) {
          <ceex-chart
            [labels]="labels()"
            [series]="series()"
            [caption]="caption()"
            [labelName]="'forecast.time' | transloco"
            [format]="format()"
            [axisFormat]="format()"
          />
        } @placeholder {
          <p>{{ caption() }}</p>
        }
        @if (strategy() !== undefined && strategy() !== 'manual') {
          <p class="small quiet" data-testid="forecast-means">{{ 'forecast.means' | transloco }}</p>
        }
      } @else {
        <ceex-empty [text]="'forecast.none' | transloco" />
      }
    </section>
  `,
})
export class ForecastCard {
  readonly nodeId = input.required<string>();
  readonly side = input.required<NodeSide>();
  /** What bids by the forecast; by hand, and where nothing was chosen yet, nothing does. */
  readonly strategy = input.required<StrategyName | undefined>();

  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);
  protected readonly forecast = inject(ForecastClient).of(this.nodeId);
  private readonly items = computed(() => (this.forecast.hasValue() ? this.forecast.value().items : []));
  protected readonly known = computed(() => this.items().some((item) => item.highWh > 0));

  protected readonly labels = computed(() =>
    periodLabelsOfDays(this.items().map((item) => item.startsAt), this.language.current(), 'shortDay'),
  );
  protected readonly series = computed<Series[]>(() => [
    this.band('high', 'market', (item) => item.highWh),
    this.band('middle', 'mine', (item) => item.middleWh),
    this.band('low', 'market', (item) => item.lowWh),
  ]);
  protected readonly caption = computed(() => {
    const answer = this.forecast.hasValue() ? this.forecast.value() : undefined;
    if (answer?.errorPermille == null || answer.weekAgoErrorPermille == null) return this.text('forecast.caption-new');
    const lang = this.language.current();
    return this.text('forecast.caption', {
      ours: formatPercent(answer.errorPermille / 1000, lang),
      naive: formatPercent(answer.weekAgoErrorPermille / 1000, lang),
    });
  });
  protected readonly format = computed(() => {
    const lang = this.language.current();
    return (value: number) => formatEnergy(value, lang);
  });

  private band(name: 'high' | 'middle' | 'low', tone: Series['tone'], of: (item: Expected) => number): Series {
    return { name: this.text(`forecast.${name}`), tone, kind: 'step', values: this.items().map(of) };
  }

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}
