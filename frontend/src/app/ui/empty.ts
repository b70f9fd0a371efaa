import { Component, input } from '@angular/core';
import { Icon, IconName } from './icon';

/** The empty face: says why nothing is here yet, and in its content what to do about it. */
@Component({
  selector: 'ceex-empty',
  imports: [Icon],
  template: `
    <ceex-icon [name]="icon()" />
    <p>{{ text() }}</p>
    <ng-content />
  `,
  styles: `
    :host { display: grid; justify-items: center; gap: 0.5rem; padding: 1.5rem 1rem; text-align: center; color: var(--mat-sys-on-surface-variant); }
    ceex-icon { font-size: 2rem; color: var(--mat-sys-primary); }
    p { margin: 0; max-width: 46ch; }
  `,
})
export class Empty {
  readonly icon = input<IconName>('info');
  readonly text = input.required<string>();
}
