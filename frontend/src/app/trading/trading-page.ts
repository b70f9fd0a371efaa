import { Component, computed, inject, input } from '@angular/core';
import { DsoClient } from '../api/dso-client';
import { NodesClient } from '../api/nodes-client';
import { Household } from '../auth/household';
import { SideToggle } from '../auth/side-toggle';
import { Attention } from '../ui/attention';
import { ExchangeClock } from '../ui/exchange-clock';
import { Face } from '../ui/face';
import { GateCountdown } from '../ui/gate-countdown';
import { Icon } from '../ui/icon';
import { StrategyEditor } from '../ui/strategy-editor';
import { TextPipe } from '../ui/text-pipe';
import { turns } from '../ui/turns';
import { ForecastCard } from './forecast-card';
import { LastDay } from './last-day';
import { MapCard } from './map-card';
import { OrderDesk } from './order-desk';
import { PartnersCard } from './partners-card';

/** Trade: when the gates close, my price and strategy, my partners on the map, my orders. */
@Component({
  selector: 'ceex-trading-page',
  imports: [
    Face,
    ForecastCard,
    GateCountdown,
    Icon,
    MapCard,
    OrderDesk,
    PartnersCard,
    SideToggle,
    StrategyEditor,
    TextPipe,
  ],
  providers: [LastDay],
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
  /** What lies below comes when it is seen, or once somebody stirs. */
  protected readonly turn = turns(4, inject(Attention).stirred);
  protected readonly dsos = inject(DsoClient).all();
  protected readonly tariff = computed(() => {
    const dsoId = this.node.hasValue() ? this.node.value().dsoId : undefined;
    return this.dsos.hasValue() ? this.dsos.value().items.find((dso) => dso.dsoId === dsoId)?.tariff : undefined;
  });
}
