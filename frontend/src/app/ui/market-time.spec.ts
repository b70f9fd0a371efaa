import { addDays, dayOf, formatTime, periodLabels, periodLabelsOfDays, startOfDay, zoneName } from './market-time';

/** The quarter hours of a market day, by the instants at which they start. */
function quartersOf(day: string): string[] {
  const [start, end] = [startOfDay(day).getTime(), startOfDay(addDays(day, 1)).getTime()];
  return Array.from({ length: (end - start) / 900_000 }, (_, i) => new Date(start + i * 900_000).toISOString());
}

describe('a market day', () => {
  it('begins at midnight in Zurich, winter and summer', () => {
    expect(startOfDay('2026-11-22').toISOString()).toBe('2026-11-21T23:00:00.000Z');
    expect(startOfDay('2026-07-01').toISOString()).toBe('2026-06-30T22:00:00.000Z');
  });

  it('has 96 quarter hours, 92 when the clock goes forward and 100 when it goes back', () => {
    expect(quartersOf('2026-11-22')).toHaveLength(96);
    expect(quartersOf('2026-03-29')).toHaveLength(92);
    expect(quartersOf('2026-10-25')).toHaveLength(100);
  });

  it('is the market’s, wherever the browser stands', () => {
    expect(dayOf('2026-11-22T23:30:00Z')).toBe('2026-11-23');
    expect(dayOf('2026-07-01T21:59:00Z')).toBe('2026-07-01');
  });
});

describe('periodLabels', () => {
  it('tells the hour that comes twice apart', () => {
    const labels = periodLabels(quartersOf('2026-10-25'));
    expect(labels.slice(7, 17)).toEqual([
      '01:45', '02:00A', '02:15A', '02:30A', '02:45A', '02:00B', '02:15B', '02:30B', '02:45B', '03:00',
    ]);
    expect(new Set(labels).size).toBe(100);
  });

  it('leaves out the hour that does not come', () => {
    const labels = periodLabels(quartersOf('2026-03-29'));
    expect(labels.slice(6, 10)).toEqual(['01:30', '01:45', '03:00', '03:15']);
  });

  it('is plain on every other day', () => {
    const labels = periodLabels(quartersOf('2026-11-22'));
    expect([labels[0], labels[95]]).toEqual(['00:00', '23:45']);
  });
});

describe('periodLabelsOfDays', () => {
  it('says the day where there are several, on a phone the short one', () => {
    const both = [...quartersOf('2026-10-25'), ...quartersOf('2026-10-26')];
    const labels = periodLabelsOfDays(both, 'en', 'shortDay');
    expect([labels[0], labels[8], labels[12], labels[100]]).toEqual(['Sun 00:00', 'Sun 02:00A', 'Sun 02:00B', 'Mon 00:00']);
    expect(new Set(labels).size).toBe(196);
    expect(periodLabelsOfDays(quartersOf('2026-10-25'), 'en', 'day')[8]).toBe('02:00A');
  });
});

describe('formatTime', () => {
  it('names the zone as people do', () => {
    expect(zoneName('2026-11-22T12:00:00Z', 'de')).toBe('MEZ');
    expect(zoneName('2026-07-01T12:00:00Z', 'de')).toBe('MESZ');
    expect(zoneName('2026-07-01T12:00:00Z', 'it')).toBe('CEST');
    expect(formatTime('2026-11-22T10:00:00Z', 'de', 'time', true)).toBe('11:00\u00a0MEZ');
  });

  it('says which of the two wherever an hour comes twice, also of one instant alone', () => {
    expect(formatTime('2026-10-25T00:30:00Z', 'en', 'time')).toBe('02:30A');
    expect(formatTime('2026-10-25T01:30:00Z', 'en', 'time', true)).toBe('02:30B\u00a0CET');
    expect(formatTime('2026-10-25T01:30:00Z', 'en', 'dateTime')).toMatch(/02:30B$/);
    expect(formatTime('2026-10-25T02:00:00Z', 'en', 'time')).toBe('03:00');
    expect(formatTime('2026-10-24T23:59:00Z', 'en', 'time')).toBe('01:59');
    expect(formatTime('2026-10-25T01:30:00Z', 'en', 'date')).not.toMatch(/B/);
    expect(formatTime('2026-03-29T01:00:00Z', 'en', 'time')).toBe('03:00');
  });

  it('writes midnight as 00:00', () => {
    expect(formatTime('2026-11-21T23:00:00Z', 'en', 'time')).toBe('00:00');
  });
});
