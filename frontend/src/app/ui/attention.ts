import { Injectable, signal } from '@angular/core';

const STIRS = ['pointermove', 'pointerdown', 'keydown', 'touchstart', 'wheel', 'scroll'] as const;

/** Whether anybody has moved, scrolled, typed or touched anything since the page was opened. */
@Injectable({ providedIn: 'root' })
export class Attention {
  readonly stirred = signal(false);

  constructor() {
    const done = new AbortController();
    const stir = (): void => {
      this.stirred.set(true);
      done.abort();
    };
    for (const kind of STIRS) addEventListener(kind, stir, { passive: true, capture: true, signal: done.signal });
  }
}
