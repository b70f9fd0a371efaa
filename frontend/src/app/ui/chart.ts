import {
  Component,
  DestroyRef,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Appearance } from './appearance';
import { Notes, csvOf } from './chart-csv';
import { ChartData, Palette, Series, optionOf } from './chart-option';
import type { EChartsType } from './echarts';
import { download } from './download';
import { Icon } from './icon';
import { Marks } from './marks';
import { TextPipe } from './text-pipe';

const NEAR = '100px 0px';

/** A chart with a sentence that says what it shows, and the same numbers as a table. */
@Component({
  selector: 'ceex-chart',
  imports: [Icon, MatButton, TextPipe],
  templateUrl: './chart.html',
  styleUrl: './chart.scss',
})
export class Chart {
  readonly labels = input.required<readonly string[]>();
  readonly series = input.required<readonly Series[]>();
  readonly caption = input.required<string>();
  readonly labelName = input.required<string>();
  readonly format = input.required<(value: number) => string>();
  readonly axisFormat = input.required<(value: number) => string>();
  readonly marks = input<Marks>();
  /** A word for each label, such as how sure its numbers are. */
  readonly notes = input<Notes>();

  protected readonly asTable = signal(false);
  private readonly host = viewChild<ElementRef<HTMLElement>>('host');
  private readonly theme = inject(Appearance).theme;
  private readonly systemDark = darkSignal(inject(DestroyRef));
  private readonly seen = signal(false);
  private chart?: EChartsType;

  private readonly data = computed<ChartData>(() => ({
    labels: this.labels(),
    series: this.series(),
    format: this.format(),
    axisFormat: this.axisFormat(),
    marks: this.marks(),
  }));

  constructor() {
    effect((onCleanup) => {
      const element = this.host()?.nativeElement;
      if (element) onCleanup(whenSeen(element, () => this.seen.set(true)));
    });
    effect(() => {
      const element = this.host()?.nativeElement;
      // Drawn when somebody gets there: to fetch and to draw charts is the dearest part of a page.
      if (!this.seen()) return;
      const data = this.data();
      // Read so that the chart is drawn anew in the other theme's colours.
      this.theme();
      this.systemDark();
      if (element) void this.draw(element, data);
      else this.dispose();
    });
    inject(DestroyRef).onDestroy(() => this.dispose());
  }

  protected toggleTable(): void {
    this.asTable.update((table) => !table);
  }

  /** The numbers as they are, unrounded: a line per label. */
  protected save(): void {
    download('figures.csv', csvOf(this.labelName(), this.labels(), this.series(), this.notes()), 'text/csv');
  }

  private async draw(element: HTMLElement, data: ChartData): Promise<void> {
    const { init } = await import('./echarts');
    if (!element.isConnected) return;
    if (!this.chart) {
      this.chart = init(element, null, { renderer: 'svg' });
      const watcher = new ResizeObserver(() => this.chart?.resize());
      watcher.observe(element);
      this.stopWatching = () => watcher.disconnect();
    }
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.chart.setOption(optionOf(data, paletteOf(element), still), { notMerge: true });
  }

  private stopWatching = (): void => undefined;

  private dispose(): void {
    this.stopWatching();
    this.chart?.dispose();
    this.chart = undefined;
  }
}

/** Looks out for an element that comes near the window's view; returns how to stop that. */
function whenSeen(element: HTMLElement, deed: () => void): () => void {
  const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && deed(), {
    rootMargin: NEAR,
  });
  watcher.observe(element);
  return () => watcher.disconnect();
}

function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  // A custom property may hold light-dark(); only a real property resolves it to a colour.
  const colour = (name: string) => {
    element.style.setProperty('outline-color', `var(${name})`);
    return style.outlineColor;
  };
  return {
    tones: {
      mine: colour('--ceex-mine'),
      market: colour('--ceex-market'),
      community: colour('--ceex-community'),
      network: colour('--ceex-network'),
    },
    // Text is measured on a canvas, which knows no `inherit`.
    font: style.fontFamily,
    text: colour('--mat-sys-on-surface'),
    rule: colour('--mat-sys-outline-variant'),
    surface: colour('--mat-sys-surface'),
  };
}

function darkSignal(destroyRef: DestroyRef) {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const dark = signal(query.matches);
  const update = () => dark.set(query.matches);
  query.addEventListener('change', update);
  destroyRef.onDestroy(() => query.removeEventListener('change', update));
  return dark;
}
