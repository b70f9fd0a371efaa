import { csvOf } from './chart-csv';

describe('a chart as CSV', () => {
  it('has a line per label and leaves out what is not known', () => {
    const series = [
      { name: 'Mine', tone: 'mine', kind: 'line', values: [12_110, null] },
      { name: 'Market, all', tone: 'market', kind: 'line', values: [-5, 0] },
    ] as const;
    expect(csvOf('Day', ['1 Nov', '2 Nov'], series)).toBe('Day,Mine,"Market, all"\r\n1 Nov,12110,-5\r\n2 Nov,,0\r\n');
  });

  it('says beside each line how sure it is', () => {
    const series = [{ name: 'Mine', tone: 'mine', kind: 'bar', values: [7] }] as const;
    expect(csvOf('Day', ['1 Nov'], series, { name: 'Status', values: ['final'] })).toBe('Day,Mine,Status\r\n1 Nov,7,final\r\n');
  });

  it('holds no formula', () => {
    expect(csvOf('=1+1', ['"x"'], [])).toBe(`'=1+1\r\n"""x"""\r\n`);
    for (const start of '=+-@\t＝＋－＠') expect(csvOf('Day', [`${start}A1`], [])).toBe(`Day\r\n'${start}A1\r\n`);
  });
});
