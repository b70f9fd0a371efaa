import { Component, input } from '@angular/core';

/** The mark: two arrows around a flash. */
@Component({
  selector: 'ceex-mark',
  template: `
    <svg viewBox="0 0 48 48" fill="none" aria-hidden="true" focusable="false" [style.width.px]="size()">
      <g class="arrows" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">
        <path d="M7 27A17.3 17.3 0 0 1 36.5 12.2" />
        <path d="M37.5 4.5v8.3h-8.3" />
        <path d="M41 21A17.3 17.3 0 0 1 11.5 35.8" />
        <path d="M10.5 43.5v-8.3h8.3" />
      </g>
      <path class="flash" d="M26.4 13.2 16.6 25.4h6.1l-2 9.4 10.7-12.9h-6.5z" />
    </svg>
  `,
  styles: `
    :host { display: inline-flex; }
    .arrows { stroke: var(--mat-sys-primary); }
    .flash { fill: var(--ceex-flash); }
  `,
})
export class Mark {
  readonly size = input(32);
}
