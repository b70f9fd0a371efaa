/** Why a text is not the number it should be; each one has a translation under `field.`. */
export type NumberFault = 'empty' | 'not-a-number' | 'too-many-decimals' | 'too-large';

export type ParsedNumber = { value: number; fault?: undefined } | { value?: undefined; fault: NumberFault };

// Groups of three with one and the same separator (apostrophe or a space), or no groups at all.
const NUMBER = /^(-?)(\d+|\d{1,3}(?:(['’\u00a0\u202f ])\d{3})(?:\3\d{3})*)(?:[.,](\d+))?$/;

/**
 * Reads a Swiss number strictly, as an integer of 10^-scale: `1’234.5` with scale 3 is 1234500.
 *
 * Comma and point both mark decimals; the thousands may be set off by an apostrophe or a space.
 * No exponent, no plus, no other digits: a text that could mean two things is refused.
 */
export function parseNumber(text: string, scale: number): ParsedNumber {
  const trimmed = text.trim();
  if (trimmed === '') return { fault: 'empty' };
  const match = NUMBER.exec(trimmed);
  if (!match) return { fault: 'not-a-number' };
  const [, sign, groups = '', , decimals = ''] = match;
  if (decimals.length > scale) return { fault: 'too-many-decimals' };
  const digits = groups.replace(/\D/g, '') + decimals.padEnd(scale, '0');
  const value = Number(digits);
  if (!Number.isSafeInteger(value) || value > 1e12) return { fault: 'too-large' };
  return { value: sign && value !== 0 ? -value : value };
}

const formats = new Map<string, Intl.NumberFormat>();

/** Writes an integer of 10^-scale the way a person would type it in this locale: no groups, no zeros at the end. */
export function writeNumber(value: number, scale: number, locale: string): string {
  const key = `${locale}:${scale}`;
  let format = formats.get(key);
  if (!format) {
    // Making one costs a hundred times as much as using it, and a grid has two hundred cells.
    format = new Intl.NumberFormat(locale, { maximumFractionDigits: scale, useGrouping: false });
    formats.set(key, format);
  }
  return format.format(value / 10 ** scale);
}
