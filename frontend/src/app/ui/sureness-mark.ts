import { Component, input } from '@angular/core';
import { Sureness } from '../api/balances-client';
import { TextPipe } from './text-pipe';

/** How sure the figure beside it is. */
@Component({
  selector: 'ceex-sureness-mark',
  imports: [TextPipe],
  template: `@if (of(); as sure) {
    <span class="chip" [class.good]="sure === 'final'" data-testid="mark">{{ 'mark.' + sure | transloco }}</span>
  }`,
})
export class SurenessMark {
  /** Nothing is said until it is known. */
  readonly of = input.required<Sureness | undefined>();
}
