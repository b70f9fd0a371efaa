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
  /** As hours and minutes, 07:00. */
  homeFrom: string;
  homeUntil: string;
}

const MINUTES = 60;
const STORES: readonly AssetKind[] = ['battery', 'ev_charger', 'heat_pump'];

/** Whether it holds energy, or could be told to. */
export function stores(kind: AssetKind): boolean {
  return STORES.includes(kind);
}

/** A minute of the day as people write it; nothing for none. */
export function timeOf(minute: number | null | undefined): string {
  if (minute == null) return '';
  const [hours, minutes] = [Math.floor(minute / MINUTES), minute % MINUTES];
  return `${hours}`.padStart(2, '0') + ':' + `${minutes}`.padStart(2, '0');
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * MINUTES + (minutes ?? 0);
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
  const isCar = written.kind === 'ev_charger';
  const mayWait = isCar && [written.capacity, written.homeFrom, written.homeUntil].some((text) => text.trim() !== '');
  const capacityWh = stores(written.kind)
    ? read('capacityWh', written.capacity, 3, written.kind === 'battery' || mayWait)
    : null;
  const readTime = (field: string, text: string): number | null => {
    if (text === '' && mayWait) faults.set(field, { code: 'required', params: {} });
    return isCar && text !== '' ? minuteOf(text) : null;
  };
  const homeFromMinute = readTime('homeFromMinute', written.homeFrom);
  const homeUntilMinute = readTime('homeUntilMinute', written.homeUntil);
  const azimuthDeg = written.kind === 'pv' ? read('azimuthDeg', written.azimuth, 0, false) : null;
  const tiltDeg = written.kind === 'pv' ? read('tiltDeg', written.tilt, 0, false) : null;
  if (faults.size > 0) return { faults };
  return { figures: { name, ratedW, capacityWh, tiltDeg, azimuthDeg, homeFromMinute, homeUntilMinute }, faults };
}
