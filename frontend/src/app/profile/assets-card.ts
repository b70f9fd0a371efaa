import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Asset, Node, NodesClient } from '../api/nodes-client';
import { Problem } from '../api/problem';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { answerOf } from '../ui/form-answer';
import { decimal } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { timeOf } from './asset-figures';
import { AssetForm } from './asset-form';

/** What stands behind the node: loads, heat pump, EV charger, PV, battery; more can be added, each be changed. */
@Component({
  selector: 'ceex-assets-card',
  imports: [AssetForm, Empty, EnergyPipe, Icon, MatButton, ProblemNotice, TextPipe],
  templateUrl: './assets-card.html',
  styleUrl: './facts.scss',
})
export class AssetsCard {
  readonly node = input.required<Node>();
  readonly saved = output();
  private readonly language = inject(Language);
  private readonly nodes = inject(NodesClient);

  protected readonly timeOf = timeOf;
  protected readonly assets = computed(() => this.node().assets);
  /** The one whose figures are being written, or `new`. */
  protected readonly open = signal<string | undefined>(undefined);
  protected readonly problem = signal<Problem | undefined>(undefined);

  protected power(asset: Asset): string {
    return `${decimal(asset.ratedW / 1000, this.language.current(), 0, 1)}\u00a0kW`;
  }

  protected close(): void {
    this.open.set(undefined);
    this.saved.emit();
  }

  protected async remove(asset: Asset): Promise<void> {
    const answer = await answerOf(this.nodes.removeAsset(this.node().nodeId, asset.assetId));
    this.problem.set('problem' in answer ? answer.problem : undefined);
    this.saved.emit();
  }
}
