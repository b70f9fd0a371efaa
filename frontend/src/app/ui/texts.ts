import { Injectable } from '@angular/core';
import type { Translation, TranslocoLoader } from '@jsverse/transloco';
import { Lang } from './language';

// A language is a chunk of its own with a hash in its name, so it is cached for good and never stale.
const TEXTS: Record<Lang, () => Promise<{ default: Translation }>> = {
  en: () => import('../../i18n/en.json'),
  de: () => import('../../i18n/de.json'),
  fr: () => import('../../i18n/fr.json'),
  it: () => import('../../i18n/it.json'),
};

/** One language's texts; fetched once, however often they are asked for. */
export async function textsOf(lang: Lang): Promise<Translation> {
  return (await TEXTS[lang]()).default;
}

/** Loads one language's texts. */
@Injectable({ providedIn: 'root' })
export class Texts implements TranslocoLoader {
  getTranslation(lang: string): Promise<Translation> {
    return textsOf(lang as Lang);
  }
}
