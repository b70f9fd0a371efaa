import { Component, OnInit, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Asset, AssetKind, Node, NodesClient } from '../api/nodes-client';
import { Problem } from '../api/problem';
import { answerOf } from '../ui/form-answer';
import { Explain } from '../ui/explain';
import { localeOf } from '../ui/formats';
import { Language } from '../ui/language';
import { writeNumber } from '../ui/numbers';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { Written, figuresOf, kindsOf, stores, timeOf } from './asset-figures';

const NONE: Written = { kind: 'battery', name: '', power: '', capacity: '', tilt: '', azimuth: '', homeFrom: '', homeUntil: '' };

/** The figures of one energy source, new or changed. */
@Component({
  selector: 'ceex-asset-form',
  imports: [MatButton, ProblemNotice, TextPipe],
  templateUrl: './asset-form.html',
  styleUrl: './asset-form.scss',
})
export class AssetForm implements OnInit {
  readonly node = input.required<Node>();
  /** None for a new one. */
  readonly asset = input<Asset>();
  readonly done = output();
  readonly left = output();

  private readonly nodes = inject(NodesClient);
  private readonly language = inject(Language);
  private readonly explain = inject(Explain);
  protected readonly stores = stores;
  protected readonly kinds = computed(() => kindsOf(this.node().side));
  protected readonly written = signal<Written>(NONE);
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  /** What is wrong, by field of the server. */
  protected readonly faults = signal<ReadonlyMap<string, string>>(new Map());

  ngOnInit(): void {
    const [asset, lang] = [this.asset(), this.language.current()];
    const thousandths = (value: number | null | undefined) => (value == null ? '' : writeNumber(value, 3, localeOf(lang)));
    this.written.set({
      kind: asset?.kind ?? this.kinds()[0] ?? 'battery',
      name: asset?.name ?? '',
      power: thousandths(asset?.ratedW),
      capacity: thousandths(asset?.capacityWh),
      tilt: asset?.tiltDeg?.toString() ?? '',
      azimuth: asset?.azimuthDeg?.toString() ?? '',
      homeFrom: timeOf(asset?.homeFromMinute),
      homeUntil: timeOf(asset?.homeUntilMinute),
    });
  }

  /** A figure has another name where it means another thing. */
  protected labelOf(field: string): string {
    const { kind } = this.written();
    if (field === 'power' && kind === 'pv') return 'peak';
    return field === 'capacity' && kind !== 'battery' ? `capacity-${kind}` : field;
  }

  protected write(field: string, text: string): void {
    this.written.update((written) => ({ ...written, [field]: text }));
  }

  protected choose(kind: string): void {
    this.written.update((written) => ({ ...written, kind: kind as AssetKind }));
  }

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    const { figures, faults } = figuresOf(this.written());
    this.faults.set(new Map([...faults].map(([field, fault]) => [field, this.explain.field(fault)])));
    if (!figures || this.busy()) return;
    this.busy.set(true);
    const [nodeId, asset] = [this.node().nodeId, this.asset()];
    const answer = await answerOf(
      asset
        ? this.nodes.changeAsset(nodeId, asset.assetId, figures)
        : this.nodes.addAsset(nodeId, { ...figures, kind: this.written().kind }),
    );
    this.busy.set(false);
    if (!('problem' in answer)) return this.done.emit();
    const { problem } = answer;
    this.faults.set(new Map(problem.errors.map((error) => [error.field, this.explain.field(error)])));
    this.problem.set(problem.errors.length === 0 ? problem : undefined);
  }
}
