import { Component, computed, input, model } from '@angular/core';
import { periodLabels } from '../ui/market-time';
import { TextPipe } from '../ui/text-pipe';
import { QuarterHour } from './quarter-hours';

/** Which quarter hours are meant: from one, up to the end of another. */
@Component({
  selector: 'ceex-span-choice',
  imports: [TextPipe],
  template: `
    <label>
      {{ 'dso.from' | transloco }}
      <select class="control" #start (change)="first.set(+start.value)" [attr.data-testid]="name() + '-from'">
        @for (quarter of quarters(); track quarter.startsAt) {
          <option [value]="$index" [selected]="$index === first()">{{ quarter.label }}</option>
        }
      </select>
    </label>
    <label>
      {{ 'dso.until' | transloco }}
      <select class="control" #end (change)="last.set(+end.value)" [attr.data-testid]="name() + '-until'">
        @for (label of ends(); track $index) {
          <option [value]="$index" [selected]="$index === last()" [disabled]="$index < first()">{{ label }}</option>
        }
      </select>
    </label>
  `,
  styles: `
    :host { display: contents; }
    label { display: grid; gap: 0.25rem; font-size: 0.8125rem; }
  `,
})
export class SpanChoice {
  readonly quarters = input.required<readonly QuarterHour[]>();
  readonly name = input.required<string>();
  readonly first = model.required<number>();
  /** The last quarter hour that is meant. */
  readonly last = model.required<number>();

  protected readonly ends = computed(() => periodLabels(this.quarters().map((quarter) => quarter.endsAt)));
}
