import { Component, inject, input } from '@angular/core';
import { TranslocoPipe } from '@jsverse/transloco';
import { Asset } from '../api/nodes-client';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { decimal } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';

/** What stands behind the node: loads, heat pump, EV charger, PV, battery. */
@Component({
  selector: 'ceex-assets-card',
  imports: [Empty, EnergyPipe, Icon, TranslocoPipe],
  templateUrl: './assets-card.html',
  styleUrl: './facts.scss',
})
export class AssetsCard {
  readonly assets = input.required<readonly Asset[]>();
  private readonly language = inject(Language);

  protected power(asset: Asset): string {
    return `${decimal(asset.ratedW / 1000, this.language.current(), 0, 1)}\u00a0kW`;
  }
}
