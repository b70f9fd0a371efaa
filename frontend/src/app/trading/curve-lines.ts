import { Curves, CurveStep } from '../api/curves-client';

/** The width of a place on the price axis. [Rp/MWh] */
export const PLACE = 250;
/** The exchange lays steps together to 0.1 Rp./kWh: one may lie so far from its limit, and still take part. [Rp/MWh] */
const ROUNDED = 50;
/** So much more than what is traded is drawn; beyond it the utility supplies and takes without limit. */
const DRAWN = 1.5;

/** Both curves over evenly spaced prices, and where they cross. */
export interface CurveLines {
  prices: number[];
  demand: number[];
  supply: number[];
  /** The place of the auction's price. */
  crossing: number;
  tradedWh: number;
  /** The places at which one's own steps take part. */
  own: { from: number; to: number }[];
}

/** Adds the steps up: what is wanted at a price or more, what is offered at it or less. */
export function linesOf(curves: Curves, feeRpPerMwh: number): CurveLines {
  const steps = [...curves.demand, ...curves.supply].map((step) => step.priceRpPerMwh);
  const low = Math.floor(Math.min(...steps, curves.priceRpPerMwh) / PLACE) - 1;
  const high = Math.ceil(Math.max(...steps, curves.priceRpPerMwh) / PLACE) + 1;
  const atBus = Array.from({ length: high - low + 1 }, (_, place) => (low + place) * PLACE);
  const demand = atBus.map((price) => sum(curves.demand, (step) => step.priceRpPerMwh >= price));
  const supply = atBus.map((price) => sum(curves.supply, (step) => step.priceRpPerMwh <= price));
  const tradedWh = Math.min(
    sum(curves.demand, (step) => step.priceRpPerMwh >= curves.priceRpPerMwh - ROUNDED),
    sum(curves.supply, (step) => step.priceRpPerMwh <= curves.priceRpPerMwh + ROUNDED),
  );
  const most = Math.max(tradedWh * DRAWN, 1);
  return {
    prices: atBus.map((price) => price + feeRpPerMwh),
    demand: demand.map((wh) => Math.min(wh, most)),
    supply: supply.map((wh) => Math.min(wh, most)),
    crossing: Math.round(curves.priceRpPerMwh / PLACE) - low,
    tradedWh,
    own: ownPlaces(curves, atBus, feeRpPerMwh),
  };
}

function ownPlaces(curves: Curves, atBus: number[], fee: number): { from: number; to: number }[] {
  const last = atBus.length - 1;
  const limits = (side: 'buy' | 'sell') =>
    curves.own.filter((step) => step.side === side).map((step) => step.priceRpPerMwh - fee);
  const place = (price: number) => Math.max(0, Math.min(last, Math.round((price - (atBus[0] ?? 0)) / PLACE)));
  const [buys, sells] = [limits('buy'), limits('sell')];
  return [
    ...(buys.length ? [{ from: 0, to: place(Math.max(...buys)) }] : []),
    ...(sells.length ? [{ from: place(Math.min(...sells)), to: last }] : []),
  ];
}

function sum(steps: readonly CurveStep[], counts: (step: CurveStep) => boolean): number {
  return steps.reduce((total, step) => (counts(step) ? total + step.quantityWh : total), 0);
}
