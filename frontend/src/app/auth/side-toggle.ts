import { Component, inject } from '@angular/core';
import { MatButtonToggle, MatButtonToggleGroup } from '@angular/material/button-toggle';
import { TranslocoPipe } from '@jsverse/transloco';
import { NodeSide } from '../api/nodes-client';
import { Household } from './household';

/** Switches the page between what the household uses and what it makes. */
@Component({
  selector: 'ceex-side-toggle',
  imports: [MatButtonToggleGroup, MatButtonToggle, TranslocoPipe],
  template: `
    @if (household.hasProducer()) {
      <mat-button-toggle-group
        [value]="household.side()"
        (change)="choose($event.value)"
        [attr.aria-label]="'side.label' | transloco"
        data-testid="side-toggle"
      >
        <mat-button-toggle value="consumer" data-testid="side-consumer">{{
          'side.consumer' | transloco
        }}</mat-button-toggle>
        <mat-button-toggle value="producer" data-testid="side-producer">{{
          'side.producer' | transloco
        }}</mat-button-toggle>
      </mat-button-toggle-group>
    }
  `,
})
export class SideToggle {
  protected readonly household = inject(Household);

  protected choose(side: NodeSide): void {
    this.household.choose(side);
  }
}
