import { Component, inject } from '@angular/core';
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
  template: `
    <div class="page">
      <h1>{{ 'title.home' | transloco }}</h1>
      <section class="card gates" [attr.aria-label]="'gate.title' | transloco">
        <ceex-gate-countdown market="dam" />
        <ceex-gate-countdown market="rtm" />
        @if (clock.speed() !== 1) {
          <p class="small quiet speed">
            <ceex-icon name="info" />{{ 'gate.speed' | transloco: { speed: clock.speed() } }}
          </p>
        }
      </section>
      @if (turn() > 0) {
        <section class="card" aria-labelledby="figures-title"><ceex-figures-card /></section>
      }
      @if (turn() > 1) {
        <section class="card" aria-labelledby="prices-title"><ceex-price-card /></section>
      }
      @if (turn() > 2) {
        <div class="columns">
          <section class="card" aria-labelledby="next-orders-title"><ceex-orders-card /></section>
          @if (turn() > 3) {
            <section class="card" aria-labelledby="news-title"><ceex-news-card /></section>
          }
        </div>
      }
    </div>
  `,
  styles: `
    .gates { display: grid; gap: 1rem 2.5rem; }
    .speed { display: flex; align-items: center; gap: 0.5rem; grid-column: 1 / -1; }
    .columns { display: grid; gap: 1.25rem; align-items: start; }
    .columns > * { min-width: 0; }
    @media (min-width: 720px) { .gates { grid-template-columns: 1fr 1fr; } }
    @media (min-width: 960px) { .columns { grid-template-columns: 1fr 1fr; } }
  `,
})
export class HomePage {
  protected readonly clock = inject(ExchangeClock);
  protected readonly turn = turns(4);
}
