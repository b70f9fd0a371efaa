import { DOCUMENT, Injectable, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { TranslocoService } from '@jsverse/transloco';

export const LANGUAGES = ['en', 'de', 'fr', 'it'] as const;
export type Lang = (typeof LANGUAGES)[number];

/** Each language by the name its speakers use. */
export const LANGUAGE_NAMES: Record<Lang, string> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  it: 'Italiano',
};

const STORED = 'ceex.language';

export function isLang(value: unknown): value is Lang {
  return LANGUAGES.includes(value as Lang);
}

/** The language to start in: the last one chosen here, else the browser's first that we speak. */
export function firstLanguage(stored: string | null, wanted: readonly string[]): Lang {
  if (isLang(stored)) return stored;
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLang) ?? 'en';
}

/** The language of the page; it can change at any time, without a reload. */
@Injectable({ providedIn: 'root' })
export class Language {
  private readonly transloco = inject(TranslocoService);
  private readonly document = inject(DOCUMENT);
  private readonly active = toSignal(this.transloco.langChanges$, { initialValue: this.transloco.getActiveLang() });

  readonly current = computed<Lang>(() => {
    const lang = this.active();
    return isLang(lang) ? lang : 'en';
  });

  /** Loads the language's one file first, so that no key is ever seen. */
  async use(lang: Lang): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.transloco.load(lang).subscribe({ complete: resolve, error: reject });
    });
    this.transloco.setActiveLang(lang);
    this.document.documentElement.lang = `${lang}-CH`;
  }

  /** The person chose: this browser remembers. */
  choose(lang: Lang): Promise<void> {
    localStorage.setItem(STORED, lang);
    return this.use(lang);
  }

  /** True where someone chose a language in this browser. */
  static chosen(): boolean {
    return isLang(localStorage.getItem(STORED));
  }

  static stored(): Lang {
    return firstLanguage(localStorage.getItem(STORED), navigator.languages);
  }
}
