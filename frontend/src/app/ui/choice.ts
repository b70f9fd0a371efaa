import { Component, input, model } from '@angular/core';
import { MatButtonToggle, MatButtonToggleGroup } from '@angular/material/button-toggle';
import { TextPipe } from './text-pipe';

/** One of a few, side by side; where they do not fit, they scroll. */
@Component({
  selector: 'ceex-choice',
  imports: [MatButtonToggle, MatButtonToggleGroup, TextPipe],
  template: `
    <mat-button-toggle-group
      [value]="chosen()"
      (change)="chosen.set($event.value)"
      [attr.aria-label]="label()"
      hideSingleSelectionIndicator
    >
      @for (name of of(); track name) {
        <mat-button-toggle [value]="name" [attr.data-testid]="testId() + name">{{ texts() + name | transloco }}</mat-button-toggle>
      }
    </mat-button-toggle-group>
  `,
  styles: `
    :host {
      display: block;
      overflow-x: auto;
      padding: 2px;
      margin-inline: -2px;
      scrollbar-width: thin;
    }

    mat-button-toggle-group {
      white-space: nowrap;
    }
  `,
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
}
