import { DestroyRef, inject } from '@angular/core';

/** Looks again every few seconds for as long as the caller lives and its window is in sight. */
export function lookAgain(look: () => void, everyMs: number): void {
  const timer = setInterval(() => !document.hidden && look(), everyMs);
  inject(DestroyRef).onDestroy(() => clearInterval(timer));
}
