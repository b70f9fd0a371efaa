import { Component, inject } from '@angular/core';
import { Attention } from '../ui/attention';
import { ExchangeClock } from '../ui/exchange-clock';
import { GateCountdown } from '../ui/gate-countdown';
import { Icon } from '../ui/icon';
import { TextPipe } from '../ui/text-pipe';
import { turns } from '../ui/turns';
import { FiguresCard } from './figures-card';
import { NewsCard } from './news-card';
import { OrdersCard } from './orders-card';
import { PriceCard } from './price-card';

/** The first look of the day: when the gates close, what it brings me, the prices, my orders, the news. */
@Component({
  selector: 'ceex-home-page',
  imports: [FiguresCard, GateCountdown, Icon, NewsCard, OrdersCard, PriceCard, TextPipe],
  templateUrl: './home-page.html',
  styleUrl: './home-page.scss',
})
export class HomePage {
  protected readonly clock = inject(ExchangeClock);
  protected readonly drawn = turns(2);
  /** What lies below comes when it is seen, or once somebody stirs. */
  protected readonly turn = turns(3, inject(Attention).stirred);
}
