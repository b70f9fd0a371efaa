import { Component, computed, input, model } from '@angular/core';
import { Flows, LineFlows } from '../api/grid-seat-client';
import { TextPipe } from '../ui/text-pipe';
import { layOut, shareOf } from './tree-layout';

const LABELLED_BUSES = 40;

/** The grid as a tree: how full each line is in one quarter hour, and which ones bind. */
@Component({
  selector: 'ceex-grid-tree',
  imports: [TextPipe],
  templateUrl: './grid-tree.html',
  styleUrl: './grid-tree.scss',
})
export class GridTree {
  readonly flows = input.required<Flows>();
  readonly period = input.required<number>();
  readonly picked = model<string>();

  protected readonly layout = computed(() => layOut(this.flows().border, this.flows().items));
  protected readonly named = computed(() => this.flows().items.length <= LABELLED_BUSES);

  protected share(line: LineFlows): number {
    return shareOf(line, this.period());
  }

  protected binds(line: LineFlows): boolean {
    return line.bindingPeriods.includes(this.period());
  }

  protected pick(line: LineFlows): void {
    this.picked.set(line.fromBus);
  }
}
