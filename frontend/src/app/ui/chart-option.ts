import { Marks, endsWith, marksOf } from './marks';

/** One row of numbers in a chart; `tone` names a colour of the theme, never a colour itself. */
export interface Series {
  name: string;
  tone: 'mine' | 'market' | 'community' | 'network';
  /** `step` holds its value for the whole of each period. */
  kind: 'line' | 'bar' | 'step';
  values: readonly (number | null)[];
}

export interface Palette {
  tones: Record<Series['tone'], string>;
  font: string;
  text: string;
  rule: string;
  surface: string;
}

export interface ChartData {
  labels: readonly string[];
  series: readonly Series[];
  format: (value: number) => string;
  axisFormat: (value: number) => string;
  marks?: Marks;
}

/** With more places than this the line alone is clearer. */
const MOST_SYMBOLS = 120;
/** Narrower than this, a phone held upright, the names stand below each other. [px] */
const NARROW_PX = 480;
const LEGEND_PX = 36;
const LEGEND_LINE_PX = 24;

/** The ECharts option of our few charts: categories below, values at the left, bars stacked, lines told apart by dashes too. */
export function optionOf(data: ChartData, palette: Palette, still: boolean): Record<string, unknown> {
  const baseOption = wideOption(data, palette, still);
  const lines = data.series.length - 1;
  const option = {
    legend: { ...legendOf(palette), type: 'plain', orient: 'vertical', itemGap: 6 },
    grid: { top: LEGEND_PX + lines * LEGEND_LINE_PX },
  };
  return { baseOption, media: lines > 0 ? [{ query: { maxWidth: NARROW_PX }, option }] : [] };
}

function wideOption(data: ChartData, palette: Palette, still: boolean): Record<string, unknown> {
  return {
    animation: !still,
    textStyle: { fontFamily: palette.font },
    aria: { enabled: true, decal: { show: data.series.some((series) => series.kind === 'bar') } },
    grid: { left: 4, right: 24, top: LEGEND_PX, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: { ...legendOf(palette), type: 'scroll' },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.rule,
      textStyle: { color: palette.text },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? data.format(value) : '–'),
    },
    xAxis: {
      type: 'category',
      data: [...data.labels],
      axisLabel: { color: palette.text, hideOverlap: true },
      axisLine: { lineStyle: { color: palette.rule } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      scale: data.series.every((series) => series.kind !== 'bar'),
      ...(data.marks?.limits?.length ? endsWith(data.marks.limits) : {}),
      axisLabel: { color: palette.text, formatter: data.axisFormat },
      splitLine: { lineStyle: { color: palette.rule } },
    },
    series: data.series.map((series, index) => ({
      ...seriesOf(series, index, palette),
      ...(data.marks && index === 0 ? marksOf(data.marks, palette.text, palette.tones.community) : {}),
    })),
  };
}

function legendOf(palette: Palette): Record<string, unknown> {
  return { top: 0, left: 0, textStyle: { color: palette.text }, itemWidth: 22 };
}

function seriesOf(series: Series, index: number, palette: Palette): Record<string, unknown> {
  const common = { name: series.name, data: [...series.values], color: palette.tones[series.tone] };
  if (series.kind === 'bar') return { ...common, type: 'bar', stack: 'all', barMaxWidth: 28 };
  if (series.kind === 'step') {
    return { ...common, type: 'line', step: 'middle', connectNulls: false, symbol: 'none', lineStyle: { width: 2.5 } };
  }
  return {
    ...common,
    type: 'line',
    connectNulls: false,
    symbol: index === 0 ? 'circle' : 'diamond',
    showSymbol: series.values.length <= MOST_SYMBOLS,
    symbolSize: 6,
    lineStyle: { width: 2.5, type: index === 0 ? 'solid' : 'dashed' },
  };
}
