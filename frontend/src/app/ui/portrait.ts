import { Component, DestroyRef, effect, inject, input, signal } from '@angular/core';
import { NeighboursClient } from '../api/neighbours-client';
import { Icon } from './icon';

/** The picture of a neighbour, or of oneself; a drawn head where there is none. Decoration beside a name. */
@Component({
  selector: 'ceex-portrait',
  imports: [Icon],
  template: `
    @if (url(); as source) {
      <img [src]="source" alt="" [attr.width]="size()" [attr.height]="size()" />
    } @else {
      <span [style.width.px]="size()" [style.height.px]="size()"><ceex-icon name="profile" /></span>
    }
  `,
  styles: `
    :host { display: inline-flex; flex: none; }
    img, span { border-radius: 50%; object-fit: cover; }
    span { display: grid; place-items: center; color: var(--mat-sys-on-primary-container); background: var(--mat-sys-primary-container); }
  `,
})
export class Portrait {
  /** Whose: the id of a neighbour, or `me`. */
  readonly of = input('me');
  /** The picture's digest; null where there is none. */
  readonly picture = input.required<string | null>();
  readonly size = input(44);

  private readonly bytes = inject(NeighboursClient).picture(() => ({ neighbourId: this.of(), picture: this.picture() }));
  protected readonly url = signal<string | undefined>(undefined);

  constructor() {
    // The picture comes with the log-in, which an address in the page could not carry.
    effect((cleanup) => {
      const blob = this.picture() !== null && this.bytes.hasValue() ? this.bytes.value() : undefined;
      const url = blob && URL.createObjectURL(blob);
      this.url.set(url);
      if (url) cleanup(() => URL.revokeObjectURL(url));
    });
    inject(DestroyRef).onDestroy(() => this.url.set(undefined));
  }
}
