import { Component, inject, input } from '@angular/core';
import { TranslocoPipe } from '@jsverse/transloco';
import { NodeSide } from '../api/nodes-client';
import { Partner } from '../api/trading-client';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { formatDistance } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { PricePipe } from '../ui/price-pipe';

/** Who supplied me, or whom I supplied: a card each, the network's among them. */
@Component({
  selector: 'ceex-partner-list',
  imports: [Empty, EnergyPipe, Icon, PricePipe, TranslocoPipe],
  templateUrl: './partner-list.html',
  styleUrl: './partner-list.scss',
})
export class PartnerList {
  readonly partners = input.required<readonly Partner[]>();
  readonly side = input.required<NodeSide>();
  private readonly language = inject(Language);

  protected distance(partner: Partner): string {
    return formatDistance(partner.distanceM, this.language.current());
  }
}
