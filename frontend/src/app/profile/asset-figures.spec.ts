import { Written, figuresOf, kindsOf } from './asset-figures';

const ROOF: Written = { kind: 'pv', name: ' Barn ', power: '12,5', capacity: '7', tilt: '30', azimuth: '' };

describe('the figures of an energy source', () => {
  it('are whole W and Wh, and only those that its kind has', () => {
    expect(figuresOf(ROOF).figures).toEqual({ name: 'Barn', ratedW: 12_500, capacityWh: null, tiltDeg: 30, azimuthDeg: null });
    const battery = figuresOf({ ...ROOF, kind: 'battery', capacity: '1’234.5' }).figures;
    expect(battery).toEqual({ name: 'Barn', ratedW: 12_500, capacityWh: 1_234_500, tiltDeg: null, azimuthDeg: null });
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

  it('are asked for where they can stand', () => {
    expect(kindsOf('producer')).toEqual(['pv', 'battery']);
    expect(kindsOf('consumer')).not.toContain('pv');
  });
});
