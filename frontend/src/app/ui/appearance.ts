import { DOCUMENT, Injectable, effect, inject, signal } from '@angular/core';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED = 'ceex.theme';

/** Light or dark: by the system, until the person chooses. */
@Injectable({ providedIn: 'root' })
export class Appearance {
  private readonly root = inject(DOCUMENT).documentElement;
  readonly theme = signal<Theme>(storedTheme());

  constructor() {
    effect(() => this.apply(this.theme()));
  }

  choose(theme: Theme): void {
    this.theme.set(theme);
    localStorage.setItem(STORED, theme);
  }

  private apply(theme: Theme): void {
    if (theme === 'system') this.root.removeAttribute('data-theme');
    else this.root.setAttribute('data-theme', theme);
  }
}

function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return THEMES.find((theme) => theme === stored) ?? 'system';
}
