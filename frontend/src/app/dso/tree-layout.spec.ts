import { LineFlows } from '../api/grid-seat-client';
import { capacityOf, fullestLine, layOut, shareOf, tellingPeriod } from './tree-layout';

function line(fromBus: string, toBus: string, flowsWh: number[], bindingPeriods: number[] = []): LineFlows {
  return {
    fromBus,
    toBus,
    flowsWh,
    capacitiesUpWh: flowsWh.map(() => 100),
    capacitiesDownWh: flowsWh.map(() => null),
    pricesRpPerMwh: flowsWh.map(() => 0),
    bindingPeriods,
  };
}

const [FULL, DOWN] = [line('N1', 'N0', [0, 80]), line('N2', 'N0', [-30, 5])];
const LINES = [line('N0', 'GRID', [10, 50]), FULL, DOWN];

describe('the tree of the grid', () => {
  it('has a column per step from the border and a row per end', () => {
    const layout = layOut('GRID', LINES);
    const place = new Map(layout.lines.map((drawn) => [drawn.line.fromBus, drawn.from]));
    expect(place.get('N0')!.x).toBeGreaterThan(layout.root.x);
    expect(place.get('N1')!.x).toBe(place.get('N2')!.x);
    expect(place.get('N1')!.y).not.toBe(place.get('N2')!.y);
    expect(layout.lines).toHaveLength(3);
  });

  it('measures a flow against what the line may carry in its direction', () => {
    expect(shareOf(FULL, 1)).toBe(0.8);
    expect(capacityOf(DOWN, 0)).toBeNull();
    expect(shareOf(DOWN, 0)).toBe(0);
  });

  it('opens where a line binds, or else where one is fullest', () => {
    expect(tellingPeriod(LINES)).toBe(1);
    expect(fullestLine(LINES)).toBe(FULL);
    expect(tellingPeriod([...LINES, line('N3', 'N0', [0, 0], [0])])).toBe(0);
    expect(shareOf(line('N3', 'N0', [0, 0], [0]), 0)).toBe(1);
  });
});
