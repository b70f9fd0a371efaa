import { Partner } from '../api/trading-client';
import { foremost } from './partner-list';

const partner = (energyWh: number, kind: Partner['kind'] = 'community') =>
  ({ partnerId: `${kind}${energyWh}`, energyWh, kind }) as Partner;

describe('foremost', () => {
  it('keeps a short list as it is', () => {
    const few = [partner(1), partner(2)];
    expect(foremost(few)).toBe(few);
  });

  it('takes those with the most energy, and the network however little it gave', () => {
    const many = [...Array.from({ length: 9 }, (_, i) => partner(10 + i)), partner(1, 'network')];
    expect(foremost(many).map((each) => each.energyWh)).toEqual([14, 15, 16, 17, 18, 1]);
  });
});
