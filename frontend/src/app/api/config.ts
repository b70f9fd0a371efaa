import { InjectionToken } from '@angular/core';

/** What the page must know about where it runs; read at run time, so that one build fits every place. */
export interface Config {
  environment: string;
  supportMail: string;
  mapTilesUrl: string | null;
  mapTilesAttribution: string | null;
  speed: number;
}

export const CONFIG = new InjectionToken<Config>('CONFIG');

/** The document asked for it already, beside the page's code; the server has it never kept. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch('/config.json');
  if (!answer.ok) throw new Error(`/config.json answered ${answer.status}`);
  return (await answer.json()) as Config;
}
