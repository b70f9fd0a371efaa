import { Lang } from './language';

/** Wh in 1 kWh; Rp/MWh in 1 Rp/kWh; µRp in 1 CHF. */
export const WH_PER_KWH = 1000;
export const RP_PER_MWH_PER_RP_PER_KWH = 1000;
export const URP_PER_CHF = 100_000_000;

const LOCALES: Record<Lang, string> = { en: 'en-CH', de: 'de-CH', fr: 'fr-CH', it: 'it-CH' };

export function localeOf(lang: Lang): string {
  return LOCALES[lang];
}

/** The hundredth of a franc is a Rappen in German and English, a centime or centesimo in French and Italian. */
export function priceUnit(lang: Lang): string {
  return lang === 'fr' || lang === 'it' ? 'ct./kWh' : 'Rp./kWh';
}

const numberFormats = new Map<string, Intl.NumberFormat>();

/** One formatter per locale and number of decimals: making one costs a hundred times as much as using it. */
export function decimal(value: number, lang: Lang, least: number, most = least): string {
  const key = `${lang}:${least}:${most}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(LOCALES[lang], { minimumFractionDigits: least, maximumFractionDigits: most });
    numberFormats.set(key, format);
  }
  // No minus before a zero that is only rounded; browsers disagree on the Swiss apostrophe.
  return format.format(Math.abs(value) < 0.5 * 10 ** -most ? 0 : value).replaceAll("'", '’');
}

/** 1234 Wh → `1.234 kWh`, with a real minus below zero; decimals shrink as the amount grows unless they are asked for. */
export function formatEnergy(wh: number, lang: Lang, digits?: number, unit = true): string {
  const kwh = wh / WH_PER_KWH;
  const size = Math.abs(kwh);
  const most = digits ?? (size < 10 ? 3 : size < 1000 ? 1 : 0);
  const number = decimal(kwh, lang, digits ?? 0, most);
  return unit ? `${number.replace('-', '−')}\u00a0kWh` : number;
}

/** 12110 Rp/MWh → `12.11 Rp./kWh`. */
export function formatPrice(rpPerMwh: number, lang: Lang, unit = true): string {
  const number = decimal(rpPerMwh / RP_PER_MWH_PER_RP_PER_KWH, lang, 2, 3);
  return unit ? `${number}\u00a0${priceUnit(lang)}` : number;
}

/** `2026-11` → `November 2026`. */
export function formatMonth(month: string, lang: Lang): string {
  const middle = new Date(`${month}-15T12:00:00Z`);
  return new Intl.DateTimeFormat(LOCALES[lang], { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(middle);
}

/** 250000000 µRp → `CHF 2.50`, with a real minus below zero; `signed` writes the plus too. */
export function formatMoney(urp: number, lang: Lang, signed = false): string {
  const number = decimal(urp / URP_PER_CHF, lang, 2).replace('-', '−');
  const plus = signed && urp > 0 && /[1-9]/.test(number) ? '+' : '';
  return `CHF\u00a0${plus}${number}`;
}

/** 0.345 → `35 %`. */
export function formatPercent(share: number, lang: Lang): string {
  return `${decimal(share * 100, lang, 0)}\u00a0%`;
}

/** 345 m, 1.2 km. */
export function formatDistance(metres: number, lang: Lang): string {
  return metres < 1000 ? `${decimal(metres, lang, 0)}\u00a0m` : `${decimal(metres / 1000, lang, 1)}\u00a0km`;
}
