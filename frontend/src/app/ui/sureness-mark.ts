import { Component, input } from '@angular/core';
import { TranslocoPipe } from '@jsverse/transloco';
import { Sureness } from '../api/balances-client';

/** How sure the figure beside it is. */
@Component({
  selector: 'ceex-sureness-mark',
  imports: [TranslocoPipe],
  template: `<span class="chip" [class.good]="of() === 'final'" [class.warn]="of() === 'estimated'" data-testid="mark">{{
    'mark.' + of() | transloco
  }}</span>`,
})
export class SurenessMark {
  readonly of = input.required<Sureness>();
}
