import { Component, computed, inject, input, output } from '@angular/core';
import { PeriodResult } from '../api/results-client';
import { EnergyPipe } from '../ui/energy-pipe';
import { Explain } from '../ui/explain';
import { Icon, IconName } from '../ui/icon';
import { Language } from '../ui/language';
import { PricePipe } from '../ui/price-pipe';
import { TextPipe } from '../ui/text-pipe';
import { DraftRow, Rules } from './order-draft';

const CODE_ICON: Record<PeriodResult['code'], IconName> = {
  accepted: 'check',
  'at-the-margin': 'partly',
  'out-of-the-money': 'close',
  'not-needed': 'close',
  'line-full': 'warning',
  'at-the-money': 'partly',
  'limited-by-parent': 'partly',
  'limited-by-group': 'partly',
  'parent-refused': 'close',
  'group-taken': 'close',
  'paradoxically-refused': 'warning',
  'left-out': 'warning',
};

/** One quarter hour of the grid: before the gate two cells to type in, after publication what became of them, and why. */
@Component({
  // A row of a table can only be a tr.
  // eslint-disable-next-line @angular-eslint/component-selector
  selector: 'tr[ceexOrderRow]',
  imports: [EnergyPipe, Icon, PricePipe, TextPipe],
  templateUrl: './order-row.html',
  styleUrl: './order-row.scss',
  host: { '[class.faulty]': '!!fault()', '[class.judged]': '!!result()' },
})
export class OrderRow {
  readonly row = input.required<DraftRow>();
  readonly rules = input.required<Rules>();
  readonly editable = input.required<boolean>();
  readonly published = input.required<boolean>();
  readonly result = input<PeriodResult>();
  readonly marketPrice = input<number>();
  readonly refusal = input<string>();
  readonly explained = input(false);
  readonly copyDown = output();
  readonly askWhy = output();

  private readonly explain = inject(Explain);
  private readonly language = inject(Language);

  protected readonly fault = computed(() => {
    this.language.current();
    const fault = this.row().fault();
    return fault ? this.explain.field({ code: fault.code, params: { ...this.rules(), decimals: 3 } }) : this.refusal();
  });
  protected readonly cell = computed(() => this.row().fault()?.cell ?? (this.refusal() ? 'price' : undefined));
  protected readonly icon = computed(() => CODE_ICON[this.result()?.code ?? 'not-needed']);
}
