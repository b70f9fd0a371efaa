import { MOST_BYTES, readFile, writeFile } from './order-file';

const LABELS = ['02:00A', '02:00B', '03:00'];

describe('a file of a grid', () => {
  it('is read as it was written, on the long day of autumn too', () => {
    const lines = [
      { label: '02:00A', price: '1’234,5', kwh: '0.25' },
      { label: '02:00B', price: '', kwh: '' },
      { label: '03:00', price: '-3', kwh: '1' },
    ];
    const text = writeFile(lines);
    expect(text.split('\r\n')).toEqual(['time;price;kwh', '02:00A;1234.5;0.25', '02:00B;;', '03:00;-3;1', '']);
    expect(readFile(text, LABELS)).toEqual({ lines: [{ ...lines[0], price: '1234.5' }, lines[1], lines[2]] });
  });

  it.each([
    ['a spreadsheet’s mark and tabs', '\uFEFFZeit\tPreis\tEnergie\r\n03:00\t18\t0,5\r\n', '0,5'],
    ['commas, without a header', '03:00,18,0.5', '0.5'],
  ])('may have %s', (_, text, kwh) => {
    expect(readFile(text, LABELS)).toEqual({ lines: [{ label: '03:00', price: '18', kwh }] });
  });

  it.each([
    ['empty', 'time;price;kwh\n', 0],
    ['columns', 'time;price;kwh\n03:00;18\n', 2],
    ['unknown-time', 'time;price;kwh\n02:00;18;1\n', 2],
    ['twice', '03:00;18;1\n\n03:00;18;1\n', 3],
    ['too-large', ' '.repeat(MOST_BYTES + 1), 0],
  ])('that is wrong says so and where: %s', (code, text, line) => {
    expect(readFile(text, LABELS)).toEqual({ fault: { code, line } });
  });
});
