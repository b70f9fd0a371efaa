import { Injectable, inject, signal } from '@angular/core';
import { Inbox, NotificationsClient } from '../api/notifications-client';

const FIRST_LOOK_MS = 1000;
const LOOK_MS = 20_000;

/** How many notifications, and messages of neighbours, nobody has read yet; looked up now and then while someone is signed in. */
@Injectable({ providedIn: 'root' })
export class Unread {
  private readonly client = inject(NotificationsClient);
  private first?: ReturnType<typeof setTimeout>;
  private timer?: ReturnType<typeof setInterval>;
  readonly count = signal(0);
  readonly messages = signal(0);
  /** Grows whenever something came that was not there at the last look. */
  readonly came = signal(0);
  private known?: number;

  watch(on: boolean): void {
    clearTimeout(this.first);
    clearInterval(this.timer);
    this.known = undefined;
    if (!on) return this.show({ unread: 0, unreadMessages: 0 });
    // After what the page itself asks for.
    this.first = setTimeout(() => this.look(), FIRST_LOOK_MS);
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  look(): void {
    // A bell that cannot be asked keeps its last count; the inbox itself says what is wrong.
    this.client.look().subscribe({
      next: (inbox) => this.note(inbox),
      error: () => undefined,
    });
  }

  private note(inbox: Inbox): void {
    if (this.known !== undefined && inbox.unread > this.known) this.came.update((times) => times + 1);
    this.known = inbox.unread;
    this.show(inbox);
  }

  private show({ unread, unreadMessages }: Pick<Inbox, 'unread' | 'unreadMessages'>): void {
    this.count.set(unread);
    this.messages.set(unreadMessages);
  }
}
