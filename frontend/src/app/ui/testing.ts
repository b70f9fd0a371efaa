import { importProvidersFrom } from '@angular/core';
import { TranslocoTestingModule } from '@jsverse/transloco';
import english from '../../i18n/en.json';

/** The English texts, for tests of what a person reads. */
export function provideEnglish() {
  return importProvidersFrom(
    TranslocoTestingModule.forRoot({
      langs: { en: english },
      translocoConfig: { availableLangs: ['en'], defaultLang: 'en' },
      preloadLangs: true,
    }),
  );
}

/** Lets promises that were settled run on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
