import { Component, inject, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { NeighboursClient } from '../api/neighbours-client';
import { Portrait } from '../ui/portrait';
import { ProblemNotice } from '../ui/problem-notice';
import { Sending } from '../ui/sending';
import { TextPipe } from '../ui/text-pipe';

/** My picture: put there, changed, taken off, at once. */
@Component({
  selector: 'ceex-picture-choice',
  imports: [MatButton, Portrait, ProblemNotice, TextPipe],
  template: `
    <div class="row">
      <ceex-portrait [picture]="picture()" [size]="72" />
      <div class="stack">
        <div class="row">
          <button matButton="outlined" type="button" (click)="file.click()" [disabled]="sending.busy()">
            {{ (picture() ? 'sharing.other-picture' : 'sharing.picture') | transloco }}
          </button>
          @if (picture()) {
            <button matButton type="button" (click)="hide()" [disabled]="sending.busy()" data-testid="hide-picture">
              {{ 'sharing.no-picture' | transloco }}
            </button>
          }
        </div>
        <span class="small quiet">{{ 'sharing.picture-hint' | transloco }}</span>
      </div>
    </div>
    <input
      #file
      type="file"
      accept="image/jpeg,image/png,image/webp"
      class="cdk-visually-hidden"
      tabindex="-1"
      [attr.aria-label]="'sharing.picture' | transloco"
      (change)="show(file)"
      data-testid="picture-file"
    />
    <ceex-problem-notice [problem]="sending.problem()" />
  `,
  styles: `
    .stack { gap: 0.25rem; flex: 1 1 12rem; }
  `,
})
export class PictureChoice {
  readonly picture = input.required<string | null>();
  readonly changed = output();
  private readonly neighbours = inject(NeighboursClient);
  protected readonly sending = new Sending();

  protected show(field: HTMLInputElement): void {
    const picture = field.files?.[0];
    // The same file may be chosen again after a refusal.
    field.value = '';
    if (picture) void this.send(this.neighbours.show(picture));
  }

  protected hide(): void {
    void this.send(this.neighbours.hide());
  }

  private async send(request: ReturnType<NeighboursClient['hide']>): Promise<void> {
    await this.sending.send(request);
    this.changed.emit();
  }
}
