import { Component, computed, inject, input } from '@angular/core';
import { problemOf } from '../api/problem';
import { Explain } from './explain';
import { Icon } from './icon';
import { Language } from './language';
import { TextPipe } from './text-pipe';

/** What a face needs to know of a read; `httpResource` fits. */
export interface Read {
  isLoading(): boolean;
  error(): unknown;
  reload(): unknown;
}

/** The loading and the error face of a read; the page shows its content itself once there is some. */
@Component({
  selector: 'ceex-face',
  imports: [Icon, TextPipe],
  templateUrl: './face.html',
  styleUrl: './face.scss',
})
export class Face {
  readonly of = input.required<Read>();
  /** Height of what will stand here, in lines, so that nothing jumps. */
  readonly lines = input(3);
  private readonly explain = inject(Explain);
  private readonly language = inject(Language);

  protected readonly rows = computed(() => Array.from({ length: this.lines() }, (_, row) => row));
  protected readonly problem = computed(() => {
    this.language.current();
    const error = this.of().error();
    return error ? this.explain.problem(problemOf(error)) : undefined;
  });
}
