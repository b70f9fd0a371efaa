import { Component, computed, inject, signal } from '@angular/core';
import { FormField, form, max, maxLength, min, required } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatError, MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Observable } from 'rxjs';
import { ApiKey, KeysClient, Scope } from '../api/keys-client';
import { Household } from '../auth/household';
import { Session } from '../auth/session';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { FieldErrors } from '../ui/field-errors';
import { Answer } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { SecretOnce } from './secret-once';

const START = { name: '', trade: false, dso: false, thisNode: true, days: 90 };

/** The keys that I gave to programs. */
@Component({
  selector: 'ceex-keys-card',
  imports: [
    Empty,
    Face,
    FieldErrors,
    FormField,
    MatButton,
    MatCheckbox,
    MatError,
    MatFormField,
    MatHint,
    MatInput,
    MatLabel,
    ProblemNotice,
    SecretOnce,
    TextPipe,
    TimePipe,
  ],
  templateUrl: './keys-card.html',
  styleUrl: './facts.scss',
})
export class KeysCard {
  private readonly client = inject(KeysClient);
  private readonly household = inject(Household);
  private readonly session = inject(Session);
  protected readonly isDso = computed(() => this.session.user()?.role === 'dso');
  protected readonly keys = this.client.all();
  protected readonly made = signal<string | undefined>(undefined);
  protected readonly sending = new Sending();
  private readonly model = signal(START);
  protected readonly form = form(this.model, (path) => {
    required(path.name);
    maxLength(path.name, 60);
    min(path.days, 1);
    max(path.days, 730);
  });

  protected async create(event: Event): Promise<void> {
    event.preventDefault();
    if (this.form().invalid()) return;
    const said = this.model();
    const node = this.household.nodeId();
    const scopes: Scope[] = ['read'];
    if (said.trade) scopes.push('trade');
    if (said.dso) scopes.push('dso');
    const key = { name: said.name.trim(), scopes, nodes: said.thisNode && node ? [node] : [], validForDays: said.days };
    const answer = await this.send(this.client.create(key));
    if ('problem' in answer) return;
    this.made.set(answer.value.secret);
    this.form().reset(START);
  }

  protected async revoke(key: ApiKey): Promise<void> {
    await this.send(this.client.revoke(key.keyId));
  }

  private async send<T>(request: Observable<T>): Promise<Answer<T>> {
    const answer = await this.sending.send(request);
    this.keys.reload();
    return answer;
  }
}
