import { isDevMode } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { loadConfig } from './app/api/config';
import { App } from './app/app';
import { appConfig } from './app/app.config';
import { Language } from './app/ui/language';
import { textsOf } from './app/ui/texts';

async function start(): Promise<void> {
  // Fetched beside the configuration; whatever fails here fails again where it is waited for.
  textsOf(Language.stored()).catch(() => undefined);
  await bootstrapApplication(App, appConfig(await loadConfig()));
  // Later than everything the first look needs; a browser without workers only cannot open the page offline.
  if ('serviceWorker' in navigator && !isDevMode()) void navigator.serviceWorker.register('/worker.js').catch(() => undefined);
}

start().catch((error: unknown) => {
  console.error(error);
  // No translations yet, so the four languages say it together.
  document.body.textContent =
    'CEEX cannot start. – CEEX kann nicht starten. – CEEX ne peut pas démarrer. – CEEX non può avviarsi.';
});
