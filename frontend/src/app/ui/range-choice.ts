import { Component, input, model } from '@angular/core';
import { MatButtonToggle, MatButtonToggleGroup } from '@angular/material/button-toggle';
import { TranslocoPipe } from '@jsverse/transloco';
import { Preset } from './range';

/** Which span of days the figures below are of. */
@Component({
  selector: 'ceex-range-choice',
  imports: [MatButtonToggle, MatButtonToggleGroup, TranslocoPipe],
  template: `
    <mat-button-toggle-group
      [value]="preset()"
      (change)="preset.set($event.value)"
      [attr.aria-label]="'dashboard.range' | transloco"
      hideSingleSelectionIndicator
    >
      @for (name of presets(); track name) {
        <mat-button-toggle [value]="name" [attr.data-testid]="prefix() + name">
          {{ 'range.' + name | transloco }}
        </mat-button-toggle>
      }
    </mat-button-toggle-group>
  `,
  styles: `
    :host {
      display: block;
      overflow-x: auto;
      max-width: 100%;
      padding: 2px;
      margin-inline: -2px;
      scrollbar-width: thin;
    }

    mat-button-toggle-group {
      white-space: nowrap;
    }
  `,
})
export class RangeChoice {
  readonly presets = input.required<readonly Preset[]>();
  readonly preset = model.required<Preset>();
  /** What the test ids begin with. */
  readonly prefix = input('range-');
}
