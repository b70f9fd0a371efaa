import { Component, inject, signal } from '@angular/core';
import { MatCheckbox } from '@angular/material/checkbox';
import { NotificationsClient, Wish } from '../api/notifications-client';
import { Problem } from '../api/problem';
import { Face } from '../ui/face';
import { answerOf } from '../ui/form-answer';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';

/** Of which events I hear, in the app and in the day's mail; each choice counts at once. */
@Component({
  selector: 'ceex-wishes-card',
  imports: [Face, MatCheckbox, ProblemNotice, TextPipe],
  template: `
    <section class="card stack" aria-labelledby="wishes-title">
      <h2 id="wishes-title">{{ 'wishes.title' | transloco }}</h2>
      <p class="quiet">{{ 'wishes.what' | transloco }}</p>
      @if (wishes.hasValue()) {
        @for (wish of wishes.value(); track wish.kind) {
          <fieldset>
            <legend>{{ 'wishes.' + wish.kind | transloco }}</legend>
            <mat-checkbox
              [checked]="wish.inApp"
              (change)="choose({ kind: wish.kind, inApp: $event.checked, byMail: wish.byMail })"
              [attr.data-testid]="'wish-app-' + wish.kind"
              >{{ 'wishes.in-app' | transloco }}</mat-checkbox
            >
            <mat-checkbox
              [checked]="wish.byMail"
              (change)="choose({ kind: wish.kind, inApp: wish.inApp, byMail: $event.checked })"
              [attr.data-testid]="'wish-mail-' + wish.kind"
              >{{ 'wishes.by-mail' | transloco }}</mat-checkbox
            >
          </fieldset>
        }
        <p class="small" role="status">
          @if (done()) {
            {{ 'wishes.saved' | transloco }}
          }
        </p>
      } @else {
        <ceex-face [of]="wishes" />
      }
      <ceex-problem-notice [problem]="problem()" />
    </section>
  `,
  styles: `
    fieldset { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0; border: 0; }
    legend { padding: 0; font-weight: 600; }
  `,
})
export class WishesCard {
  private readonly client = inject(NotificationsClient);
  protected readonly wishes = this.client.wishes();
  protected readonly done = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);

  protected async choose(wish: Wish): Promise<void> {
    this.done.set(false);
    const answer = await answerOf(this.client.wish(wish));
    this.problem.set('problem' in answer ? answer.problem : undefined);
    this.done.set(!('problem' in answer));
    // Also after a refusal: what is shown is what counts.
    this.wishes.reload();
  }
}
