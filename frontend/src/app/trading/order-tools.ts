import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { firstValueFrom } from 'rxjs';
import { OrdersClient } from '../api/orders-client';
import { Problem, problemOf } from '../api/problem';
import { download } from '../ui/download';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { OrderDraft } from './order-draft';
import { FileFault, MOST_BYTES, readFile, writeFile } from './order-file';
import { firstOrder } from './order-pick';

/** Ways to fill a whole grid at once: from the same auction of the day before, or from a file. */
@Component({
  selector: 'ceex-order-tools',
  imports: [Icon, MatButton, ProblemNotice, TextPipe],
  templateUrl: './order-tools.html',
  styles: `
    :host { display: grid; gap: 0.5rem; }
  `,
})
export class OrderTools {
  readonly draft = input.required<OrderDraft>();
  readonly nodeId = input.required<string>();
  readonly auctionId = input.required<string>();
  /** The same auction of the day before, if there was one. */
  readonly before = input<string>();

  private readonly orders = inject(OrdersClient);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly fault = signal<FileFault | undefined>(undefined);
  protected readonly said = signal<'copied' | 'none-before' | 'read' | undefined>(undefined);
  private readonly labels = computed(() => this.draft().rows.map((row) => row.label));

  protected async copyBefore(): Promise<void> {
    const before = this.before();
    if (!before) return;
    this.forget();
    try {
      const { items } = await firstValueFrom(this.orders.look(this.nodeId(), before));
      const points = firstOrder(items)?.points ?? [];
      if (points.length > 0) this.draft().enter(points);
      this.said.set(points.length > 0 ? 'copied' : 'none-before');
    } catch (error) {
      this.problem.set(problemOf(error));
    }
  }

  protected async readFrom(chooser: HTMLInputElement): Promise<void> {
    const file = chooser.files?.[0];
    if (!file) return;
    this.forget();
    // The same file may be chosen again after it was mended.
    const text = file.size > MOST_BYTES ? ' '.repeat(MOST_BYTES + 1) : await file.text();
    chooser.value = '';
    const answer = readFile(text, this.labels());
    if (answer.fault) return this.fault.set(answer.fault);
    this.draft().take(answer.lines);
    this.said.set('read');
  }

  protected save(): void {
    const lines = this.draft().rows.map((row) => ({ label: row.label, price: row.price(), kwh: row.kwh() }));
    download(`${this.auctionId()}.csv`, writeFile(lines), 'text/csv');
  }

  private forget(): void {
    this.problem.set(undefined);
    this.fault.set(undefined);
    this.said.set(undefined);
  }
}
