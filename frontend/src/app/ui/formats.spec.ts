import { formatDistance, formatEnergy, formatMoney, formatMonth, formatPercent, formatPrice } from './formats';

// Spaces that do not break are shown as _ so that they can be read.
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, '_');

describe('formatPrice', () => {
  it('names Rappen in German and English, centimes in French and Italian', () => {
    expect(plain(formatPrice(12110, 'de'))).toBe('12.11_Rp./kWh');
    expect(plain(formatPrice(12110, 'en'))).toBe('12.11_Rp./kWh');
    expect(plain(formatPrice(12110, 'fr'))).toBe('12,11_ct./kWh');
    expect(plain(formatPrice(12110, 'it'))).toBe('12.11_ct./kWh');
  });

  it('shows the third decimal only where there is one', () => {
    expect(formatPrice(6000, 'de', false)).toBe('6.00');
    expect(formatPrice(6005, 'de', false)).toBe('6.005');
  });
});

describe('formatEnergy', () => {
  it('is always in kWh, finer for small amounts', () => {
    expect(plain(formatEnergy(123, 'de'))).toBe('0.123_kWh');
    expect(plain(formatEnergy(-123, 'de'))).toBe('−0.123_kWh');
    expect(plain(formatEnergy(12_340, 'de'))).toBe('12.3_kWh');
    expect(plain(formatEnergy(1_234_500, 'de'))).toBe('1’235_kWh');
  });
});

describe('formatMonth', () => {
  it('writes the month out in the language', () => {
    expect(formatMonth('2026-11', 'en')).toBe('November 2026');
    expect(formatMonth('2026-03', 'de')).toBe('März 2026');
    expect(formatMonth('2026-12', 'fr')).toBe('décembre 2026');
    expect(formatMonth('2026-01', 'it')).toBe('gennaio 2026');
  });
});

describe('formatMoney', () => {
  it('is in francs with two decimals', () => {
    expect(plain(formatMoney(250_000_000, 'de'))).toBe('CHF_2.50');
    expect(plain(formatMoney(123_450_000_000, 'de'))).toBe('CHF_1’234.50');
  });

  it('has a real minus', () => {
    expect(plain(formatMoney(-1_635_000_000, 'de', true))).toBe('CHF_−16.35');
  });

  it('writes the plus where it is asked for, and no sign before a rounded zero', () => {
    expect(plain(formatMoney(250_000_000, 'de', true))).toBe('CHF_+2.50');
    expect(plain(formatMoney(100, 'de', true))).toBe('CHF_0.00');
    expect(plain(formatMoney(-100, 'de'))).toBe('CHF_0.00');
  });
});

describe('formatPercent', () => {
  it('is a share of 1 in whole per cent', () => {
    expect(plain(formatPercent(0.345, 'fr'))).toBe('35_%');
    expect(plain(formatPercent(1, 'de'))).toBe('100_%');
  });
});

describe('formatDistance', () => {
  it('changes to kilometres at one', () => {
    expect(plain(formatDistance(345, 'de'))).toBe('345_m');
    expect(plain(formatDistance(1234, 'fr'))).toBe('1,2_km');
  });
});
