import { addDays } from './market-time';
import { MOST_DAYS, addMonths, instantsOf, lengthOf, rangeFault, rangeOf } from './range';

const NONE = { from: '', to: '' };
const TODAY = '2026-11-22'; // a Sunday

describe('rangeOf', () => {
  it.each([
    ['week', '2026-11-16', '2026-11-22'],
    ['month', '2026-11-01', '2026-11-22'],
    ['last-month', '2026-10-01', '2026-10-31'],
    ['three-months', '2026-08-23', '2026-11-22'],
    ['year', '2025-11-23', '2026-11-22'],
  ] as const)('%s', (preset, from, to) => {
    expect(rangeOf(preset, TODAY, NONE)).toEqual({ from, to });
  });

  it('begins a week on Monday', () => {
    expect(rangeOf('week', '2026-11-23', NONE)).toEqual({ from: '2026-11-23', to: '2026-11-23' });
  });

  it('knows months of different lengths', () => {
    expect(addMonths('2027-05-31', -3)).toBe('2027-02-28');
    expect(addMonths('2027-01-15', -1)).toBe('2026-12-15');
  });
});

describe('instantsOf', () => {
  it('is half-open and follows the market’s midnight through a clock change', () => {
    const { startMs, endMs } = instantsOf({ from: '2026-10-25', to: '2026-10-25' });
    expect(endMs - startMs).toBe(25 * 3_600_000);
  });
});

describe('lengthOf', () => {
  it('counts days of the calendar, also over clock changes', () => {
    expect(lengthOf({ from: '2026-10-24', to: '2026-10-26' })).toBe(3);
    expect(lengthOf({ from: '2026-10-25', to: '2026-10-25' })).toBe(1);
  });

  it('throws nothing while a day is still to be chosen', () => {
    expect(lengthOf(NONE)).toBeNaN();
  });
});

describe('rangeFault', () => {
  it('says what is wrong with a span', () => {
    expect(rangeFault(NONE)).toBe('incomplete');
    expect(rangeFault({ from: '2026-11-02', to: '2026-11-01' })).toBe('reversed');
    expect(rangeFault({ from: '2026-01-01', to: addDays('2026-01-01', MOST_DAYS) })).toBe('too-long');
    expect(rangeFault({ from: '2026-01-01', to: addDays('2026-01-01', MOST_DAYS - 1) })).toBeUndefined();
    expect(rangeFault({ from: '2026-11-01', to: '2026-11-01' })).toBeUndefined();
  });
});
