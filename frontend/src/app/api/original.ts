/** The original contract writes energy as kWh and prices as CHF/kWh, both as decimal strings; ours are integers. */
export type Decimal = string;

const WH_PER_KWH = 1000;
const RP_PER_MWH_PER_CHF_PER_KWH = 100_000;

export function whOf(kwh: Decimal): number {
  return Math.round(Number(kwh) * WH_PER_KWH);
}

export function rpPerMwhOf(chfPerKwh: Decimal): number {
  return Math.round(Number(chfPerKwh) * RP_PER_MWH_PER_CHF_PER_KWH);
}
