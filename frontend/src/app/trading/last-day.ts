import { Injectable, computed, inject } from '@angular/core';
import { TradingClient } from '../api/trading-client';
import { Household } from '../auth/household';

/** The last delivered day of the node that Trading is about; asked for once, by whoever shows it first. */
@Injectable()
export class LastDay {
  readonly read = inject(TradingClient).lastDayOf(inject(Household).nodeId);
  readonly partners = computed(() => (this.read.hasValue() ? this.read.value().partners : []));
}
