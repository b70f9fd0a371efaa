import { Palette, Series, optionOf } from './chart-option';

const PALETTE = { tones: { mine: 'green', market: 'violet', community: 'green', network: 'grey' } } as Palette;
const ROW: Series = { name: 'Mine', tone: 'mine', kind: 'line', values: [1, 2] };

function narrow(...series: Series[]): Record<string, { top?: number; orient?: string }>[] {
  const data = { labels: ['1', '2'], series, format: String, axisFormat: String };
  const { media } = optionOf(data, PALETTE, true) as { media: { option: Record<string, { top?: number; orient?: string }> }[] };
  return media.map(({ option }) => option);
}

describe('optionOf', () => {
  it('puts the names below each other on a phone, and the drawing below all of them', () => {
    const [two] = narrow(ROW, { ...ROW, name: 'Market' });
    const [three] = narrow(ROW, { ...ROW, name: 'Market' }, { ...ROW, name: 'Community' });
    expect(two?.['legend']).toMatchObject({ orient: 'vertical', top: 0, left: 0 });
    expect(three?.['grid']?.top).toBeGreaterThan(two?.['grid']?.top ?? Infinity);
  });

  it('leaves a single name where it is', () => {
    expect(narrow(ROW)).toEqual([]);
  });
});
