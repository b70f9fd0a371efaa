import { Written, figuresOf, kindsOf, timeOf } from './asset-figures';

const ROOF: Written = { kind: 'pv', name: ' Barn ', power: '12,5', capacity: '7', tilt: '30', azimuth: '', homeFrom: '', homeUntil: '' };
const NOWHERE = { tiltDeg: null, azimuthDeg: null, homeFromMinute: null, homeUntilMinute: null };

describe('the figures of an energy source', () => {
  it('are whole W and Wh, and only those that its kind has', () => {
    expect(figuresOf(ROOF).figures).toEqual({ ...NOWHERE, name: 'Barn', ratedW: 12_500, capacityWh: null, tiltDeg: 30 });
    const battery = figuresOf({ ...ROOF, kind: 'battery', capacity: '1’234.5' }).figures;
    expect(battery).toEqual({ ...NOWHERE, name: 'Barn', ratedW: 12_500, capacityWh: 1_234_500 });
  });

  it('say beside each field what is wrong', () => {
    const { figures, faults } = figuresOf({ ...ROOF, name: '', power: 'much', tilt: '30.5' });
    expect(figures).toBeUndefined();
    expect([...faults]).toEqual([
      ['name', { code: 'required', params: {} }],
      ['ratedW', { code: 'not-a-number', params: { decimals: 3 } }],
      ['tiltDeg', { code: 'too-many-decimals', params: { decimals: 0 } }],
    ]);
    const empty = { code: 'empty', params: { decimals: 3 } };
    expect([...figuresOf({ ...ROOF, kind: 'battery', capacity: '' }).faults]).toEqual([['capacityWh', empty]]);
  });

  it('of a car say whether it may wait: all three, or none', () => {
    const car: Written = { ...ROOF, kind: 'ev_charger', capacity: '', homeFrom: '', homeUntil: '' };
    expect(figuresOf(car).figures).toEqual({ ...NOWHERE, name: 'Barn', ratedW: 12_500, capacityWh: null });
    const waits = figuresOf({ ...car, capacity: '40', homeFrom: '18:30', homeUntil: '07:00' }).figures;
    expect(waits).toMatchObject({ capacityWh: 40_000, homeFromMinute: 1_110, homeUntilMinute: 420 });
    const required = { code: 'required', params: {} };
    expect(figuresOf({ ...car, homeFrom: '18:30' }).faults.get('homeUntilMinute')).toEqual(required);
    expect(figuresOf({ ...car, homeFrom: '18:30' }).faults.has('capacityWh')).toBe(true);
    expect([timeOf(1_110), timeOf(420), timeOf(null)]).toEqual(['18:30', '07:00', '']);
  });

  it('are asked for where they can stand', () => {
    expect(kindsOf('producer')).toEqual(['pv', 'battery']);
    expect(kindsOf('consumer')).not.toContain('pv');
  });
});
