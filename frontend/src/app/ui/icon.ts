import { Component, computed, input } from '@angular/core';

/** The page's few icons, drawn on a grid of 24; each is decoration beside a text or a label. */
const PATHS = {
  trading: 'M4 15l5-5 4 4 7-8M14 6h6v6',
  dashboard: 'M4 20V11M10 20V4M16 20v-7M21 20H3',
  statements: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  profile: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
  bell: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5a2.2 2.2 0 0 0 4 0',
  home: 'M4 11.5 12 4l8 7.5M6 10v10h12V10',
  dso: 'M12 3v5M12 8H5v6M12 8h7v6M12 8v6M5 14v3M12 14v3M19 14v3M5 20.5a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400zM12 20.5a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400zM19 20.5a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400z',
  operator: 'M4 4.5h16v11H4zM9 20h6M12 15.5V20M7.5 11l3-3 2.5 2 3.5-3.5',
  status: 'M3 12h4l2.5-6 4 12 2.5-6h5',
  network: 'M12 3v18M7 21l5-13 5 13M6 8h12M8.5 15.5h7',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.7l1.400-1.400M17.300 6.7l1.400-1.400',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  contrast: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M12 7h4.5M12 12h8.5M12 17h4.5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.5l3.5 2',
  play: 'M7 4.5v15l12-7.5z',
  stop: 'M6 6h12v12H6z',
  check: 'M4.5 12.5l5 5 10-11',
  partly: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12h8',
  close: 'M6 6l12 12M18 6 6 18',
  feedback: 'M4 5h16v11h-9l-4.5 4v-4H4zM8 9h8M8 12h5',
  letter: 'M3.5 6h17v12h-17zM4 7l8 6 8-6',
  plus: 'M12 5v14M5 12h14',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17v.5',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5v.5',
  left: 'M14.5 5 8 12l6.5 7',
  right: 'M9.5 5 16 12l-6.5 7',
  down: 'M12 4v15M6 13l6 6 6-6',
  people: 'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.5-3.5 3-5 6.5-5s6 1.5 6.5 5M15.5 4.800a3.5 3.5 0 0 1 0 6.400M17.5 14.800c2.300.7 3.600 2.2 4 4.7',
  wallet: 'M4 7.5h15a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18V6A1.5 1.5 0 0 1 5 4.5h12M16.5 13.5v.1',
  table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9',
  load: 'M9 3v5M15 3v5M6.5 8h11v3a5.5 5.5 0 0 1-11 0zM12 16.5V21',
  heat_pump: 'M12 3v18M4.2 7.5l15.600 9M19.800 7.5l-15.600 9M9.5 4.5 12 7l2.5-2.5M9.5 19.5 12 17l2.5 2.5',
  ev_charger: 'M5 20V5.5A1.5 1.5 0 0 1 6.5 4h6A1.5 1.5 0 0 1 14 5.5V20M3.5 20h12M14 12h2a1.5 1.5 0 0 1 1.5 1.5v3a1.5 1.5 0 0 0 3 0V9l-2.5-2.5M10 8l-2 3.5h3L9 15',
  pv: 'M6.5 5h11l3.5 10H3zM12 5v10M4.800 10h14.400M12 15v5M8.5 20h7',
  battery: 'M3 8h16v8H3zM19 10.5h2v3h-2M11.5 9.5 9 12.5h4l-2.5 3',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  logout: 'M14 4h5v16h-5M4 12h10M10.5 8l4 4-4 4',
  copy: 'M8 8h11v12H8zM5 16V4h11',
} as const;

export type IconName = keyof typeof PATHS;

@Component({
  selector: 'ceex-icon',
  template: `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path [attr.d]="path()" /></svg>`,
  styles: `
    :host { display: inline-flex; flex: none; }
    svg { width: 1.25em; height: 1.25em; }
    path { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly path = computed(() => PATHS[this.name()]);
}
