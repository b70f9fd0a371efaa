import { Component, computed, effect, inject, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';
import { NotificationsClient } from '../api/notifications-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { NotificationText } from '../ui/notification-text';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { Unread } from '../ui/unread';

const SHOWN = 4;

/** The latest notifications. */
@Component({
  selector: 'ceex-news-card',
  imports: [Empty, Face, Icon, NotificationText, RouterLink, TextPipe, TimePipe],
  template: `
    <h2 id="news-title">{{ 'title.inbox' | transloco }}</h2>
    @if (!inbox.hasValue()) {
      <ceex-face [of]="inbox" [lines]="4" />
    } @else if (latest().length === 0) {
      <ceex-empty icon="bell" [text]="'inbox.empty' | transloco" />
    } @else {
      <ul>
        @for (item of latest(); track item.notificationId) {
          <li data-testid="home-news">
            <ceex-notification-text [of]="item" />
            <span class="small quiet">{{ item.at | time: 'dateTime' : true }}</span>
          </li>
        }
      </ul>
      <a class="more" routerLink="/inbox">{{ 'home.to-inbox' | transloco }}<ceex-icon name="right" /></a>
    }
  `,
  styles: `
    :host { display: grid; align-content: start; gap: 0.75rem; }
    ul { display: grid; gap: 0.625rem; margin: 0; padding: 0; list-style: none; }
    li { display: grid; gap: 0.125rem; padding-bottom: 0.625rem; border-bottom: 1px solid var(--mat-sys-outline-variant); }
    .more { display: inline-flex; align-items: center; gap: 0.25rem; justify-self: end; min-height: 32px; font-size: 0.875rem; font-weight: 600; }
  `,
})
export class NewsCard {
  private readonly unread = inject(Unread);
  protected readonly inbox = inject(NotificationsClient).list();
  protected readonly latest = computed(() => (this.inbox.hasValue() ? this.inbox.value().items.slice(0, SHOWN) : []));

  constructor() {
    const before = this.unread.came();
    effect(() => {
      if (this.unread.came() !== before) untracked(() => this.inbox.reload());
    });
  }
}
