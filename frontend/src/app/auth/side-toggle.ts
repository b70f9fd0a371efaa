import { Component, inject } from '@angular/core';
import { NodeSide } from '../api/nodes-client';
import { Choice } from '../ui/choice';
import { TextPipe } from '../ui/text-pipe';
import { Household } from './household';

/** Switches the page between what the household uses and what it makes. */
@Component({
  selector: 'ceex-side-toggle',
  imports: [Choice, TextPipe],
  template: `
    @if (household.hasProducer()) {
      <ceex-choice
        [of]="sides"
        [chosen]="household.side()"
        (chosenChange)="household.choose($event)"
        [label]="'side.label' | transloco"
        [texts]="'side.'"
        testId="side-"
        data-testid="side-toggle"
      />
    }
  `,
})
export class SideToggle {
  protected readonly household = inject(Household);
  protected readonly sides: readonly NodeSide[] = ['consumer', 'producer'];
}
