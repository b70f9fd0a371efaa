import { Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { NotificationsClient } from '../api/notifications-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { TimePipe } from '../ui/time-pipe';
import { Unread } from '../ui/unread';
import { NotificationText } from '../ui/notification-text';
import { TextPipe } from '../ui/text-pipe';

/** What happened to my auctions since I last looked. */
@Component({
  selector: 'ceex-inbox-page',
  imports: [Empty, Face, Icon, MatButton, NotificationText, RouterLink, TextPipe, TimePipe],
  templateUrl: './inbox-page.html',
  styleUrl: './inbox-page.scss',
})
export class InboxPage {
  private readonly client = inject(NotificationsClient);
  private readonly unread = inject(Unread);
  protected readonly inbox = this.client.list();

  protected read(notificationId: string): void {
    this.client.read(notificationId).subscribe({ next: () => this.refresh(), error: () => this.refresh() });
  }

  protected readAll(): void {
    this.client.readAll().subscribe({ next: () => this.refresh(), error: () => this.refresh() });
  }

  private refresh(): void {
    this.inbox.reload();
    this.unread.look();
  }
}
