import { Metrics } from '../api/metrics-client';

export interface Together {
  /** Paid (+) or earned (−), over all of a household's nodes. */
  costUrp: number;
  savingsUrp: number;
  utilityName: string;
  totalWh: number;
  /** How much of what was used and made came from or went to the community. */
  communityShare: number;
}

/** The figures of a household's nodes as one. */
export function togetherOf(metrics: readonly Metrics[]): Together {
  const sum = (of: (each: Metrics) => number) => metrics.reduce((total, each) => total + of(each), 0);
  const totalWh = sum((each) => each.totalWh);
  return {
    costUrp: sum((each) => each.costUrp),
    savingsUrp: sum((each) => each.savingsUrp),
    utilityName: metrics[0]?.utilityName ?? '',
    totalWh,
    communityShare: totalWh > 0 ? sum((each) => each.communityWh) / totalWh : 0,
  };
}
