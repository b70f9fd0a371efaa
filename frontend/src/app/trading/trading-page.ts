import { Component, computed, inject, input } from '@angular/core';
import { DsoClient } from '../api/dso-client';
import { NodesClient } from '../api/nodes-client';
import { TradingClient } from '../api/trading-client';
import { Household } from '../auth/household';
import { SideToggle } from '../auth/side-toggle';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { GateCountdown } from '../ui/gate-countdown';
import { Icon } from '../ui/icon';
import { startOfDay } from '../ui/market-time';
import { StrategyEditor } from '../ui/strategy-editor';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { turns } from '../ui/turns';
import { ForecastCard } from './forecast-card';
import { GridMap } from './grid-map';
import { OrderDesk } from './order-desk';
import { PartnerList } from './partner-list';

/** Trade: when the gates close, my price and strategy, my partners on the map, my orders. */
@Component({
  selector: 'ceex-trading-page',
  imports: [
    Face,
    ForecastCard,
    GateCountdown,
    GridMap,
    Icon,
    OrderDesk,
    PartnerList,
    SideToggle,
    StrategyEditor,
    TextPipe,
    TimePipe,
  ],
  templateUrl: './trading-page.html',
  styleUrl: './trading-page.scss',
})
export class TradingPage {
  /** From the address: the auction that a link led to. */
  readonly auction = input<string>();

  protected readonly household = inject(Household);
  protected readonly clock = inject(ExchangeClock);
  private readonly nodes = inject(NodesClient);

  protected readonly node = this.nodes.of(this.household.nodeId);
  protected readonly map = this.nodes.mapOf(this.household.nodeId);
  protected readonly lastDay = inject(TradingClient).lastDayOf(this.household.nodeId);
  protected readonly partners = computed(() => (this.lastDay.hasValue() ? this.lastDay.value().partners : []));
  protected readonly turn = turns(4);
  protected readonly startOfDay = startOfDay;
  protected readonly dsos = inject(DsoClient).all();
  protected readonly tariff = computed(() => {
    const dsoId = this.node.hasValue() ? this.node.value().dsoId : undefined;
    return this.dsos.hasValue() ? this.dsos.value().items.find((dso) => dso.dsoId === dsoId)?.tariff : undefined;
  });
}
