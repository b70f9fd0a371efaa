import { LineFlows } from '../api/grid-seat-client';

export interface Place {
  name: string;
  x: number;
  y: number;
}

export interface Drawn {
  line: LineFlows;
  path: string;
  from: Place;
  middle: { x: number; y: number };
}

export interface Layout {
  width: number;
  height: number;
  root: Place;
  lines: Drawn[];
}

const STEP_X = 46;
const STEP_Y = 17;
const EDGE = 26;

/** Draws the grid as a tree from the border at the left: a column per step from it, a row per end of a feeder. */
export function layOut(border: string, lines: readonly LineFlows[]): Layout {
  const below = new Map<string, LineFlows[]>();
  for (const line of lines) below.set(line.toBus, [...(below.get(line.toBus) ?? []), line]);
  const drawn: Drawn[] = [];
  let rows = 0;
  let deepest = 0;

  function place(name: string, depth: number): Place {
    deepest = Math.max(deepest, depth);
    const ends = (below.get(name) ?? []).map((line) => ({ line, at: place(line.fromBus, depth + 1) }));
    const heights = ends.map((end) => end.at.y);
    const y = ends.length === 0 ? EDGE + STEP_Y * rows++ : (Math.min(...heights) + Math.max(...heights)) / 2;
    const here = { name, x: EDGE + STEP_X * depth, y };
    for (const { line, at } of ends) {
      const bend = here.x + STEP_X / 3;
      const path = `M${here.x} ${here.y}H${bend}V${at.y}H${at.x}`;
      drawn.push({ line, path, from: at, middle: { x: (bend + at.x) / 2, y: at.y } });
    }
    return here;
  }

  const root = place(border, 0);
  return { width: 2 * EDGE + STEP_X * deepest, height: 2 * EDGE + STEP_Y * (rows - 1), root, lines: drawn };
}

/** What flows over a line, towards the border positive. */
export function flowOf(line: LineFlows, period: number): number {
  return line.flowsWh[period] ?? 0;
}

/** What a line may carry in the direction in which it flows; null where nothing limits it. */
export function capacityOf(line: LineFlows, period: number): number | null {
  const capacities = flowOf(line, period) < 0 ? line.capacitiesDownWh : line.capacitiesUpWh;
  return capacities[period] ?? null;
}

/** How much of what it may carry a line carries, from 0 to 1. */
export function shareOf(line: LineFlows, period: number): number {
  const [flow, capacity] = [Math.abs(flowOf(line, period)), capacityOf(line, period)];
  if (line.bindingPeriods.includes(period)) return 1;
  return !capacity || flow === 0 ? 0 : flow / capacity;
}

/** The period that tells most: the first in which a line binds, or else that with the fullest line. */
export function tellingPeriod(lines: readonly LineFlows[]): number {
  const binding = lines.flatMap((line) => line.bindingPeriods);
  if (binding.length > 0) return Math.min(...binding);
  const periods = lines[0]?.flowsWh.length ?? 0;
  let [best, fullest] = [0, -1];
  for (let period = 0; period < periods; period++) {
    const share = Math.max(...lines.map((line) => shareOf(line, period)));
    if (share > fullest) [best, fullest] = [period, share];
  }
  return best;
}

/** The line that is fullest when it tells most. */
export function fullestLine(lines: readonly LineFlows[]): LineFlows | undefined {
  const period = tellingPeriod(lines);
  return [...lines].sort((a, b) => shareOf(b, period) - shareOf(a, period))[0];
}
