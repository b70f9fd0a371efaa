import { Component, inject } from '@angular/core';
import { Household } from '../auth/household';
import { Face } from '../ui/face';
import { startOfDay } from '../ui/market-time';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { LastDay } from './last-day';
import { PartnerList } from './partner-list';

/** Who supplied me, or whom I supplied, on the last delivered day. */
@Component({
  selector: 'ceex-partners-card',
  imports: [Face, PartnerList, TextPipe, TimePipe],
  template: `
    <h2 id="partners-title">{{ 'partners.title-' + household.side() | transloco }}</h2>
    <p class="small quiet">
      @if (lastDay.read.hasValue() && lastDay.read.value().day; as day) {
        {{ 'partners.when' | transloco: { day: startOfDay(day) | time: 'weekday' } }}
      }
    </p>
    @if (lastDay.read.hasValue()) {
      <ceex-partner-list [partners]="lastDay.partners()" [side]="household.side()" />
    } @else {
      <ceex-face [of]="lastDay.read" [lines]="5" />
    }
  `,
  styles: `
    :host { display: block; }
    h2 + p { margin-top: 0.125rem; margin-bottom: 0.75rem; }
  `,
})
export class PartnersCard {
  protected readonly household = inject(Household);
  protected readonly lastDay = inject(LastDay);
  protected readonly startOfDay = startOfDay;
}
