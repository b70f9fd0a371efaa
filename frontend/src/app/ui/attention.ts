import { Injectable, signal } from '@angular/core';

const STIRS = ['pointermove', 'pointerdown', 'keydown', 'touchstart', 'wheel', 'scroll'] as const;
/** Who has a page read aloud need not stir at all. */
const AT_LATEST_MS = 10_000;

/** Whether anybody has moved, scrolled, typed or touched anything since the page was opened, or had the time to. */
@Injectable({ providedIn: 'root' })
export class Attention {
  readonly stirred = signal(false);

  constructor() {
    const done = new AbortController();
    const stir = (): void => {
      this.stirred.set(true);
      done.abort();
      clearTimeout(latest);
    };
    const latest = setTimeout(stir, AT_LATEST_MS);
    for (const kind of STIRS) addEventListener(kind, stir, { passive: true, capture: true, signal: done.signal });
  }
}
