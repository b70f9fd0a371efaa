import { isDevMode } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { Router } from '@angular/router';
import { loadConfig } from './app/api/config';
import { App } from './app/app';
import { appConfig } from './app/app.config';
import { routes } from './app/app.routes';
import { Language } from './app/ui/language';
import { textsOf } from './app/ui/texts';

const KEEP_AFTER_MS = 3000;

async function start(): Promise<void> {
  new Worker(new URL('./times.worker', import.meta.url), { type: 'module', name: Language.stored() });
  // Fetched beside the configuration; whatever fails here fails again where it is waited for.
  textsOf(Language.stored()).catch(() => undefined);
  const route = routes.find(({ path }) => path === location.pathname.slice(1));
  Promise.resolve(route?.loadComponent?.()).catch(() => undefined);
  const app = await bootstrapApplication(App, appConfig(await loadConfig()));
  // In a turn of its own, so that the shell is painted first.
  setTimeout(() => app.injector.get(Router).initialNavigation());
  if ('serviceWorker' in navigator && !isDevMode()) setTimeout(keep, KEEP_AFTER_MS);
}

/** Later than everything the first look needs; a browser without workers only cannot open the page offline. */
function keep(): void {
  navigator.serviceWorker.register('/worker.js').catch(() => undefined);
}

start().catch((error: unknown) => {
  console.error(error);
  // No translations yet, so the four languages say it together.
  document.body.textContent =
    'CEEX cannot start. – CEEX kann nicht starten. – CEEX ne peut pas démarrer. – CEEX non può avviarsi.';
});
