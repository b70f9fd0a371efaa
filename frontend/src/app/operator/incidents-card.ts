import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Incident, OperatorClient } from '../api/operator-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { lookAgain } from '../ui/look-again';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 3_000;

/** What is out of bounds, what the remedies did about it, and a person's word. */
@Component({
  selector: 'ceex-incidents-card',
  imports: [Empty, Face, Icon, MatButton, ProblemNotice, TextPipe, TimePipe],
  templateUrl: './incidents-card.html',
  styleUrl: './card.scss',
})
export class IncidentsCard {
  private readonly client = inject(OperatorClient);
  protected readonly state = signal<'open' | 'closed'>('open');
  protected readonly incidents = this.client.incidents(this.state);
  protected readonly notes = signal<Record<string, string>>({});
  protected readonly sending = new Sending();

  constructor() {
    lookAgain(() => this.incidents.reload(), LOOK_AGAIN_MS);
  }

  protected readonly figures = (what: unknown) => JSON.stringify(what);

  protected write(incident: Incident, note: string): void {
    this.notes.update((before) => ({ ...before, [incident.incidentId]: note }));
  }

  protected async acknowledge(incident: Incident, isOver: boolean): Promise<void> {
    const note = this.notes()[incident.incidentId] ?? incident.note;
    await this.sending.send(this.client.acknowledge(incident.incidentId, note.trim(), isOver));
    this.incidents.reload();
  }
}
