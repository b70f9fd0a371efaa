import { Component, ElementRef, computed, effect, inject, signal, viewChild } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { filter, map, skip } from 'rxjs';
import { Household } from '../auth/household';
import { LogInAgain } from '../auth/log-in-again';
import { LogInAgainDialog } from '../auth/log-in-again-dialog';
import { Session } from '../auth/session';
import { MeClient } from '../api/me-client';
import { Appearance, Theme } from '../ui/appearance';
import { Connection } from '../ui/connection';
import { Icon, IconName } from '../ui/icon';
import { LANGUAGES, LANGUAGE_NAMES, Lang, Language } from '../ui/language';
import { Mark } from '../ui/mark';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { Unread } from '../ui/unread';
import { FeedbackDialog } from './feedback-dialog';

const NEXT_THEME: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
type Page = 'home' | 'trading' | 'dashboard' | 'statements' | 'profile' | 'dso' | 'operator' | 'status';

const THEME_ICON: Record<Theme, IconName> = { system: 'contrast', light: 'sun', dark: 'moon' };

/** What stands around every page: the top bar, and on a phone the tabs at the bottom. */
@Component({
  selector: 'ceex-shell',
  imports: [FeedbackDialog, Icon, LogInAgainDialog, Mark, RouterLink, RouterLinkActive, RouterOutlet, TextPipe, TimePipe],
  templateUrl: './shell.html',
  styleUrl: './shell.scss',
})
export class Shell {
  protected readonly session = inject(Session);
  protected readonly household = inject(Household);
  protected readonly language = inject(Language);
  protected readonly unread = inject(Unread);
  protected readonly again = inject(LogInAgain);
  protected readonly connection = inject(Connection);
  protected readonly appearance = inject(Appearance);
  private readonly me = inject(MeClient);
  private readonly router = inject(Router);

  protected readonly languages = LANGUAGES.map((code) => ({ code, name: LANGUAGE_NAMES[code] }));
  protected readonly pages = computed<readonly Page[]>(() => {
    if (this.household.pairing()) return ['home', 'trading', 'dashboard', 'statements', 'profile'];
    if (this.session.user()?.role === 'operator') return ['operator', 'status', 'profile'];
    return this.session.user()?.role === 'dso' ? ['dso', 'profile'] : [];
  });
  /** Whether someone is telling the operator about this page. */
  protected readonly telling = signal(false);
  protected readonly themeIcon = () => THEME_ICON[this.appearance.theme()];

  private readonly main = viewChild.required<ElementRef<HTMLElement>>('main');
  private readonly arrived = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map((event) => event.urlAfterRedirects.split(/[?#]/)[0]),
      skip(1),
    ),
  );

  constructor() {
    // Whoever reads with a screen reader or the keyboard starts at the new page, not at the old link.
    effect(() => {
      if (this.arrived()) this.main().nativeElement.focus({ preventScroll: true });
    });
    effect(() => this.unread.watch(this.session.signedIn()));
  }

  protected async speak(value: string): Promise<void> {
    await this.language.choose(value as Lang);
    // Mails follow the page's language; if this fails, only they stay in the old one.
    if (this.session.signedIn()) this.me.setLanguage(value).subscribe({ error: () => undefined });
  }

  protected switchTheme(): void {
    this.appearance.choose(NEXT_THEME[this.appearance.theme()]);
  }

  protected skipToContent(): void {
    this.main().nativeElement.focus();
  }
}
