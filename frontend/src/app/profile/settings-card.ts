import { Component, inject } from '@angular/core';
import { MeClient } from '../api/me-client';
import { Appearance, THEMES } from '../ui/appearance';
import { Choice } from '../ui/choice';
import { LANGUAGES, LANGUAGE_NAMES, Lang, Language } from '../ui/language';
import { TextPipe } from '../ui/text-pipe';

/** The language of page and mails, and light or dark. */
@Component({
  selector: 'ceex-settings-card',
  imports: [Choice, TextPipe],
  template: `
    <section class="card stack" aria-labelledby="settings-title">
      <h2 id="settings-title">{{ 'settings.title' | transloco }}</h2>
      <div class="row spread">
        <label for="settings-language">{{ 'shell.language' | transloco }}</label>
        <select id="settings-language" class="control" #choice (change)="speak(choice.value)">
          @for (item of languages; track item.code) {
            <option [value]="item.code" [selected]="item.code === language.current()" [attr.lang]="item.code">
              {{ item.name }}
            </option>
          }
        </select>
      </div>
      <div class="row spread">
        <span>{{ 'settings.theme' | transloco }}</span>
        <ceex-choice
          [of]="themes"
          [chosen]="appearance.theme()"
          (chosenChange)="appearance.choose($event)"
          [label]="'settings.theme' | transloco"
          [texts]="'theme.'"
        />
      </div>
    </section>
  `,
})
export class SettingsCard {
  protected readonly appearance = inject(Appearance);
  protected readonly language = inject(Language);
  private readonly me = inject(MeClient);
  protected readonly themes = THEMES;
  protected readonly languages = LANGUAGES.map((code) => ({ code, name: LANGUAGE_NAMES[code] }));

  protected async speak(value: string): Promise<void> {
    await this.language.choose(value as Lang);
    // Mails follow the page's language; if this fails, only they stay in the old one.
    this.me.setLanguage(value).subscribe({ error: () => undefined });
  }
}
