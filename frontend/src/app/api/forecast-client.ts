import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';

/** What the meter stays below in one, five and nine of ten cases. */
export interface Expected {
  startsAt: string;
  lowWh: number;
  middleWh: number;
  highWh: number;
}

/** Errors are thousandths of what was metered in the last week; null without such a week. */
export interface Forecast {
  items: Expected[];
  errorPermille: number | null;
  weekAgoErrorPermille: number | null;
}

@Injectable({ providedIn: 'root' })
export class ForecastClient {
  of(nodeId: () => string | undefined): HttpResourceRef<Forecast | undefined> {
    return httpResource<Forecast>(() => {
      const id = nodeId();
      return id && `/api/trading/node/${id}/forecast`;
    });
  }
}
