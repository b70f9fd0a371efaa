/** What is drawn over a chart to read it by; places are positions among its labels. */
export interface Marks {
  /** Where now is. */
  now?: { at: number; name: string };
  limits?: readonly { value: number; name: string }[];
  shaded?: readonly { from: number; to: number }[];
}

const ROOM = 1000;

/** The lines and spans, as what ECharts wants of the first series. */
export function marksOf(marks: Marks, text: string, accent: string): Record<string, unknown> {
  const vertical = marks.now ? [{ xAxis: marks.now.at, label: label(marks.now.name, 'end', text) }] : [];
  const level = (marks.limits ?? []).map(({ value, name }) => ({
    yAxis: value,
    label: label(name, 'insideStartTop', text),
  }));
  return {
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: text, type: 'dotted', width: 1.5 },
      data: [...vertical, ...level],
    },
    markArea: {
      silent: true,
      itemStyle: { color: accent, opacity: 0.16 },
      data: (marks.shaded ?? []).map((span) => [{ xAxis: span.from }, { xAxis: span.to }]),
    },
  };
}

/** The ends of an axis on which the limits can be seen too. */
export function endsWith(limits: readonly { value: number }[]): Record<string, unknown> {
  const values = limits.map((limit) => limit.value);
  return {
    min: ({ min }: { min: number }) => Math.floor((Math.min(min, ...values) - ROOM / 2) / ROOM) * ROOM,
    max: ({ max }: { max: number }) => Math.ceil((Math.max(max, ...values) + ROOM / 2) / ROOM) * ROOM,
  };
}

/** Neighbouring positions, drawn together. */
export function spansOf(positions: readonly number[]): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const at of positions) {
    const last = spans.at(-1);
    if (last && last.to === at - 1) last.to = at;
    else spans.push({ from: at, to: at });
  }
  return spans;
}

function label(formatter: string, position: string, color: string): Record<string, unknown> {
  return { formatter, position, color, fontSize: 11 };
}
