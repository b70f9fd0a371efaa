import { Injectable, computed, inject, signal } from '@angular/core';
import { NodeSide } from '../api/nodes-client';
import { Session } from './session';

const STORED_SIDE = 'ceex.side';

/** Which of the person's nodes the page is about: the consumer's or the producer's side of their pairing. */
@Injectable({ providedIn: 'root' })
export class Household {
  private readonly session = inject(Session);
  private readonly wanted = signal<NodeSide>(
    localStorage.getItem(STORED_SIDE) === 'producer' ? 'producer' : 'consumer',
  );

  readonly pairing = computed(() => this.session.user()?.pairings[0]);
  readonly hasProducer = computed(() => !!this.pairing()?.producerNodeId);
  readonly side = computed<NodeSide>(() => (this.hasProducer() ? this.wanted() : 'consumer'));
  readonly nodeId = computed(() => {
    const pairing = this.pairing();
    if (!pairing) return undefined;
    return this.side() === 'producer' ? (pairing.producerNodeId ?? undefined) : pairing.consumerNodeId;
  });

  choose(side: NodeSide): void {
    this.wanted.set(side);
    localStorage.setItem(STORED_SIDE, side);
  }
}
