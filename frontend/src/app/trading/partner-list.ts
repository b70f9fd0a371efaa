import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { NodeSide } from '../api/nodes-client';
import { Partner } from '../api/trading-client';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { formatDistance } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { PricePipe } from '../ui/price-pipe';
import { TextPipe } from '../ui/text-pipe';

const FEW = 6;

/** Who supplied me, or whom I supplied: a card each, the network's among them. */
@Component({
  selector: 'ceex-partner-list',
  imports: [Empty, EnergyPipe, Icon, MatButton, PricePipe, TextPipe],
  templateUrl: './partner-list.html',
  styleUrl: './partner-list.scss',
})
export class PartnerList {
  readonly partners = input.required<readonly Partner[]>();
  readonly side = input.required<NodeSide>();
  private readonly language = inject(Language);

  protected readonly all = signal(false);
  protected readonly shown = computed(() => (this.all() ? this.partners() : foremost(this.partners())));

  protected distance(partner: Partner): string {
    return formatDistance(partner.distanceM, this.language.current());
  }
}

/** Those with the most energy, and always the network: its share is what everyone wants to know. */
export function foremost(partners: readonly Partner[]): readonly Partner[] {
  if (partners.length <= FEW) return partners;
  const network = partners.filter((partner) => partner.kind === 'network');
  const community = partners.filter((partner) => partner.kind !== 'network');
  const most = [...community].sort((a, b) => b.energyWh - a.energyWh).slice(0, FEW - network.length);
  return partners.filter((partner) => partner.kind === 'network' || most.includes(partner));
}
