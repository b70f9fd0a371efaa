import { Component } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Empty } from '../ui/empty';
import { TextPipe } from '../ui/text-pipe';

/** An address that leads nowhere. */
@Component({
  selector: 'ceex-not-found-page',
  imports: [Empty, RouterLink, TextPipe],
  template: `
    <div class="page">
      <section class="card">
        <h1>{{ 'title.not-found' | transloco }}</h1>
        <ceex-empty [text]="'not-found.text' | transloco"><a routerLink="/">{{ 'not-found.home' | transloco }}</a></ceex-empty>
      </section>
    </div>
  `,
})
export class NotFoundPage {}
