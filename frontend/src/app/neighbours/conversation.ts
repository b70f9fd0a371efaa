import { Component, ElementRef, computed, effect, inject, input, linkedSignal, output, untracked, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { Observable } from 'rxjs';
import { Message, Neighbour, NeighboursClient } from '../api/neighbours-client';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { Portrait } from '../ui/portrait';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

/** What a neighbour and I wrote to each other; write, report, block. */
@Component({
  selector: 'ceex-conversation',
  imports: [Face, Icon, MatButton, Portrait, ProblemNotice, RouterLink, TextPipe, TimePipe],
  templateUrl: './conversation.html',
  styleUrl: './conversation.scss',
})
export class Conversation {
  readonly neighbour = input.required<Neighbour>();
  /** Grows whenever there may be something new. */
  readonly round = input(0);
  readonly changed = output();

  private readonly client = inject(NeighboursClient);
  private readonly neighbourId = computed(() => this.neighbour().neighbourId);
  protected readonly messages = this.client.messages(this.neighbourId);
  protected readonly text = linkedSignal({ source: this.neighbourId, computation: () => '' });
  protected readonly reporting = linkedSignal<string, string | undefined>({
    source: this.neighbourId,
    computation: () => undefined,
  });
  protected readonly reason = linkedSignal({ source: this.reporting, computation: () => '' });
  protected readonly sending = new Sending();
  private readonly log = viewChild<ElementRef<HTMLElement>>('log');
  private readonly newest = computed(() => (this.messages.hasValue() ? this.messages.value().at(-1)?.messageId : undefined));
  /** One id per text and neighbour, so that what is sent again arrives once. */
  private key?: { neighbourId: string; text: string; messageId: string };

  constructor() {
    effect(() => {
      if (this.round() > 0) untracked(() => this.messages.reload());
    });
    effect(() => {
      const log = this.log()?.nativeElement;
      // Whoever reads what is older stays there until something new is said.
      if (log && this.newest()) log.scrollTop = log.scrollHeight;
    });
  }

  protected async send(event: Event): Promise<void> {
    event.preventDefault();
    const [neighbourId, text] = [this.neighbourId(), this.text().trim()];
    if (!text || this.sending.busy()) return;
    if (this.key?.text !== text || this.key.neighbourId !== neighbourId) this.key = { neighbourId, text, messageId: crypto.randomUUID() };
    if (!(await this.ask(this.client.write(neighbourId, this.key.messageId, text)))) return;
    this.key = undefined;
    this.text.set('');
    this.messages.reload();
  }

  protected async report(event: Event, message: Message): Promise<void> {
    event.preventDefault();
    if (!(await this.ask(this.client.report(message.messageId, this.reason().trim())))) return;
    this.reporting.set(undefined);
    this.messages.reload();
  }

  protected async block(): Promise<void> {
    if (await this.ask(this.client.block(this.neighbourId()))) this.changed.emit();
  }

  protected async letIn(): Promise<void> {
    if (await this.ask(this.client.letIn(this.neighbourId()))) this.changed.emit();
  }

  private async ask(request: Observable<unknown>): Promise<boolean> {
    const answer = await this.sending.send(request);
    return !('problem' in answer);
  }
}
