import { DestroyRef, Injector, Signal, afterNextRender, effect, inject, signal, untracked } from '@angular/core';

/** Counts a page's parts in, one a turn of the browser: between two of them it can paint and answer. */
export function turns(last: number, begin: () => boolean = () => true): Signal<number> {
  const [injector, turn] = [inject(Injector), signal(0)];
  let timer: ReturnType<typeof setTimeout>;
  inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  const goOn = (): void => {
    if (turn() < last) afterNextRender(() => (timer = setTimeout(next)), { injector });
  };
  const next = (): void => {
    turn.update((count) => count + 1);
    goOn();
  };
  effect(() => {
    if (begin()) untracked(goOn);
  });
  return turn.asReadonly();
}
