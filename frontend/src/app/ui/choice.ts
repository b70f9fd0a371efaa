import { Component, input, model } from '@angular/core';
import { TextPipe } from './text-pipe';

let groups = 0;

/** One of a few, side by side; where they do not fit, they scroll. */
@Component({
  selector: 'ceex-choice',
  imports: [TextPipe],
  template: `
    <div class="group" role="radiogroup" [attr.aria-label]="label()">
      @for (name of of(); track name) {
        <label [class.chosen]="name === chosen()" [attr.data-testid]="testId() + name">
          <input
            class="cdk-visually-hidden"
            type="radio"
            [name]="group"
            [value]="name"
            [checked]="name === chosen()"
            (change)="chosen.set(name)"
          />
          {{ texts() + name | transloco }}
        </label>
      }
    </div>
  `,
  styleUrl: './choice.scss',
})
export class Choice<T extends string> {
  readonly of = input.required<readonly T[]>();
  readonly chosen = model.required<T>();
  /** What is chosen here, for who does not see it. */
  readonly label = input.required<string>();
  /** What the keys of their texts begin with. */
  readonly texts = input.required<string>();
  /** What their test ids begin with. */
  readonly testId = input('');
  /** Radio buttons of one name belong together. */
  protected readonly group = `choice-${groups++}`;
}
