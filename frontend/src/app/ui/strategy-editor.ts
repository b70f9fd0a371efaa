import { Component, computed, inject, input, linkedSignal, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Tariff } from '../api/dso-client';
import { Node, NodesClient, Strategy, StrategyName } from '../api/nodes-client';
import { Problem } from '../api/problem';
import { Explain } from './explain';
import { localeOf, priceUnit } from './formats';
import { answerOf } from './form-answer';
import { Icon } from './icon';
import { Language } from './language';
import { parseNumber, writeNumber } from './numbers';
import { PricePipe } from './price-pipe';
import { ProblemNotice } from './problem-notice';
import { StrategyWeek } from './strategy-week';
import { meaningOf, purchaseTariff, safeLimit, sliderEnds } from './strategy-meaning';
import { TextPipe } from './text-pipe';

const SCALE = 3;

/** My price and my strategy, and the switch that lets it trade for me. */
@Component({
  selector: 'ceex-strategy-editor',
  imports: [Icon, MatButton, PricePipe, ProblemNotice, StrategyWeek, TextPipe],
  templateUrl: './strategy-editor.html',
  styleUrl: './strategy-editor.scss',
})
export class StrategyEditor {
  readonly node = input.required<Node>();
  readonly tariff = input.required<Tariff>();
  readonly saved = output();

  private readonly nodes = inject(NodesClient);
  private readonly language = inject(Language);
  private readonly explain = inject(Explain);

  /** Nobody ever chose: the safe strategy, not started. */
  private readonly stored = computed<Strategy>(
    () => this.node().strategy ?? { strategy: 'market_benefit', active: false, limitPriceRpPerMwh: null },
  );
  protected readonly strategies: StrategyName[] = ['market_benefit', 'never_lose', 'flexibility', 'manual'];
  protected readonly chosen = linkedSignal(() => this.stored().strategy);
  private readonly limitOfNode = computed(
    () => this.stored().limitPriceRpPerMwh ?? safeLimit(this.node().side, this.tariff()),
  );
  protected readonly text = linkedSignal(() =>
    writeNumber(this.limitOfNode(), SCALE, localeOf(this.language.current())),
  );
  protected readonly parsed = computed(() => parseNumber(this.text(), SCALE));
  protected readonly limit = computed(() => this.parsed().value ?? this.limitOfNode());
  protected readonly ends = computed(() => sliderEnds(this.tariff(), this.limitOfNode()));
  protected readonly purchase = computed(() => purchaseTariff(this.tariff()));
  protected readonly unit = computed(() => priceUnit(this.language.current()));
  protected readonly active = computed(() => this.stored().active);
  protected readonly meaning = computed(() =>
    meaningOf(this.node().side, this.limit(), this.tariff(), this.node().withdrawalFeeRpPerMwh),
  );

  /** The strategy whose story is open; one at a time. */
  protected readonly opened = signal<StrategyName | undefined>(undefined);
  protected readonly busy = signal(false);
  protected readonly done = signal<'saved' | 'started' | 'stopped' | undefined>(undefined);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly fault = computed(() => {
    const { fault } = this.parsed();
    if (fault) return this.explain.field({ code: fault, params: { decimals: SCALE } });
    const refused = this.problem()?.errors.find((error) => error.field === 'limitPriceRpPerMwh');
    return refused && this.explain.field(refused);
  });

  protected type(text: string): void {
    this.text.set(text);
    this.chosen.set('manual');
    this.forget();
  }

  protected slide(value: string): void {
    this.type(writeNumber(Number(value), SCALE, localeOf(this.language.current())));
  }

  protected choose(strategy: StrategyName): void {
    this.chosen.set(strategy);
    this.forget();
    if (strategy === 'manual') return;
    const limit = safeLimit(this.node().side, this.tariff());
    this.text.set(writeNumber(limit, SCALE, localeOf(this.language.current())));
  }

  protected save(): Promise<void> {
    return this.send(this.active(), 'saved');
  }

  protected start(): Promise<void> {
    return this.send(true, 'started');
  }

  protected async stop(): Promise<void> {
    await this.put({ ...this.stored(), active: false }, 'stopped');
  }

  private async send(active: boolean, deed: 'saved' | 'started'): Promise<void> {
    const limit = this.parsed().value;
    if (limit === undefined) return;
    const strategy = this.chosen();
    await this.put({ strategy, active, limitPriceRpPerMwh: strategy === 'manual' ? limit : null }, deed);
  }

  private async put(strategy: Strategy, deed: 'saved' | 'started' | 'stopped'): Promise<void> {
    this.busy.set(true);
    this.forget();
    const answer = await answerOf(this.nodes.setStrategy(this.node().nodeId, strategy));
    this.busy.set(false);
    if ('problem' in answer) {
      this.problem.set(answer.problem);
      return;
    }
    this.done.set(deed);
    this.saved.emit();
  }

  private forget(): void {
    this.problem.set(undefined);
    this.done.set(undefined);
  }

  /** Where a price lies on the slider, from 0 to 1. */
  protected share(price: number): number {
    const { low, high } = this.ends();
    return (price - low) / (high - low);
  }
}
