import { Component, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Icon } from '../ui/icon';
import { TextPipe } from '../ui/text-pipe';

/** A secret that is shown this one time, with a button to copy it. */
@Component({
  selector: 'ceex-secret-once',
  imports: [Icon, MatButton, TextPipe],
  template: `
    <p>{{ 'secret.once' | transloco }}</p>
    <p class="row">
      <code data-testid="secret">{{ secret() }}</code>
      <button matButton type="button" (click)="copy()">
        <ceex-icon name="copy" />{{ (copied() ? 'secret.copied' : 'secret.copy') | transloco }}
      </button>
    </p>
  `,
  styles: `
    :host { display: grid; gap: 0.5rem; padding: 0.75rem 1rem; border-radius: 0.75rem; background: var(--mat-sys-primary-container); color: var(--mat-sys-on-primary-container); }
    p { margin: 0; }
    code { overflow-wrap: anywhere; white-space: pre-line; }
  `,
  host: { role: 'status' },
})
export class SecretOnce {
  readonly secret = input.required<string>();
  protected readonly copied = signal(false);

  protected async copy(): Promise<void> {
    await navigator.clipboard.writeText(this.secret());
    this.copied.set(true);
  }
}
