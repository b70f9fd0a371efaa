import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { ApplicationConfig, inject, isDevMode, provideAppInitializer } from '@angular/core';
import {
  TitleStrategy,
  provideRouter,
  withComponentInputBinding,
  withDisabledInitialNavigation,
  withInMemoryScrolling,
} from '@angular/router';
import { provideTransloco } from '@jsverse/transloco';
import { CONFIG, Config } from './api/config';
import { routes } from './app.routes';
import { authorize } from './auth/authorize';
import { Session } from './auth/session';
import { Titles } from './shell/titles';
import { watchConnection } from './ui/connection';
import { LANGUAGES, Language } from './ui/language';
import { Texts } from './ui/texts';

/** Everything the page is made of, given what `/config.json` says about the place it runs in. */
export function appConfig(config: Config): ApplicationConfig {
  return {
    providers: [
      { provide: CONFIG, useValue: config },
      { provide: TitleStrategy, useClass: Titles },
      provideHttpClient(withInterceptors([watchConnection, authorize])),
      provideRouter(
        routes,
        withComponentInputBinding(),
        withDisabledInitialNavigation(),
        withInMemoryScrolling({ anchorScrolling: 'enabled', scrollPositionRestoration: 'enabled' }),
      ),
      provideTransloco({
        config: {
          availableLangs: [...LANGUAGES],
          defaultLang: Language.stored(),
          reRenderOnLangChange: true,
          prodMode: !isDevMode(),
        },
        loader: Texts,
      }),
      provideAppInitializer(() => {
        // Asked beside the texts; the guards wait for the answer.
        void inject(Session).resume();
        return inject(Language).use(Language.stored());
      }),
    ],
  };
}
