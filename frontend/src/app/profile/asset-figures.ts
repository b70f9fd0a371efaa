import { AssetFigures, AssetKind, NodeSide } from '../api/nodes-client';
import { FieldProblem } from '../api/problem';
import { parseNumber } from '../ui/numbers';

type Fault = Pick<FieldProblem, 'code' | 'params'>;

/** What was typed into the form, as it stands there. */
export interface Written {
  kind: AssetKind;
  name: string;
  power: string;
  capacity: string;
  tilt: string;
  azimuth: string;
}

/** What can stand behind a node: what makes electricity at the producer's, what uses it at the consumer's. */
export function kindsOf(side: NodeSide): readonly AssetKind[] {
  return side === 'producer' ? ['pv', 'battery'] : ['heat_pump', 'ev_charger', 'battery', 'load'];
}

/** The figures, or what is wrong with each of the server's fields that is not right yet. */
export function figuresOf(written: Written): { figures?: AssetFigures; faults: ReadonlyMap<string, Fault> } {
  const faults = new Map<string, Fault>();
  const read = (field: string, text: string, decimals: number, isNeeded: boolean): number | null => {
    if (text.trim() === '' && !isNeeded) return null;
    const { value, fault } = parseNumber(text, decimals);
    if (fault) faults.set(field, { code: fault, params: { decimals } });
    return value ?? null;
  };
  const name = written.name.trim();
  if (name === '') faults.set('name', { code: 'required', params: {} });
  const ratedW = read('ratedW', written.power, 3, true) ?? 0;
  const capacityWh = written.kind === 'battery' ? read('capacityWh', written.capacity, 3, true) : null;
  const azimuthDeg = written.kind === 'pv' ? read('azimuthDeg', written.azimuth, 0, false) : null;
  const tiltDeg = written.kind === 'pv' ? read('tiltDeg', written.tilt, 0, false) : null;
  return faults.size > 0 ? { faults } : { figures: { name, ratedW, capacityWh, tiltDeg, azimuthDeg }, faults };
}
