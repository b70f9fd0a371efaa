import { DestroyRef, Injector, Signal, afterNextRender, inject, signal } from '@angular/core';

/** Counts a page's parts in, one a turn of the browser: between two of them it can paint and answer. */
export function turns(last: number): Signal<number> {
  const [injector, turn] = [inject(Injector), signal(0)];
  let timer: ReturnType<typeof setTimeout>;
  inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  const next = (): void => {
    turn.update((count) => count + 1);
    if (turn() < last) waitForPaint();
  };
  const waitForPaint = (): void => {
    afterNextRender(() => (timer = setTimeout(next)), { injector });
  };
  waitForPaint();
  return turn.asReadonly();
}
