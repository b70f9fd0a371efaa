import { parseNumber, writeNumber } from './numbers';

describe('parseNumber', () => {
  it.each([
    ['12', 12000],
    ['12.5', 12500],
    ['12,5', 12500],
    ['0.001', 1],
    ['1’234.5', 1234500],
    ["1'234.5", 1234500],
    ['1 234,5', 1234500],
    ['1\u00a0234,5', 1234500],
    ['1\u202f234\u202f567', 1234567000],
    ['  7 ', 7000],
    ['-3.25', -3250],
    ['-0', 0],
  ])('reads %s', (text, value) => {
    expect(parseNumber(text, 3)).toEqual({ value });
  });

  it.each(['abc', '1e3', '+5', '1.2.3', '1,234.5', '1.234,5', '1’23', "1'234’567", '.5', '5.', '١٢', '0x10', '--1', '1 2', 'Infinity'])(
    'refuses %s',
    (text) => {
      expect(parseNumber(text, 3)).toEqual({ fault: 'not-a-number' });
    },
  );

  it('refuses decimals beyond the tick', () => {
    expect(parseNumber('12.1234', 3)).toEqual({ fault: 'too-many-decimals' });
  });

  it('tells nothing from zero', () => {
    expect(parseNumber('  ', 3)).toEqual({ fault: 'empty' });
    expect(parseNumber('0', 3)).toEqual({ value: 0 });
  });

  it('refuses what no price and no energy can be', () => {
    expect(parseNumber('9999999999999', 3)).toEqual({ fault: 'too-large' });
  });

  it('reads back what it writes, in every locale', () => {
    for (const locale of ['en-CH', 'de-CH', 'fr-CH', 'it-CH']) {
      for (const value of [0, 1, 12110, 1234567, -50000]) {
        expect(parseNumber(writeNumber(value, 3, locale), 3)).toEqual({ value });
      }
    }
  });
});
