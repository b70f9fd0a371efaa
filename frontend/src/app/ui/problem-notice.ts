import { Component, computed, inject, input } from '@angular/core';
import { Problem } from '../api/problem';
import { Explain } from './explain';
import { Icon } from './icon';
import { Language } from './language';

/** What went wrong with a whole request, said where the person looks, and aloud. */
@Component({
  selector: 'ceex-problem-notice',
  imports: [Icon],
  template: `
    <div role="alert">
      @if (text(); as said) {
        <p class="notice bad" data-testid="problem"><ceex-icon name="warning" />{{ said }}</p>
      }
    </div>
  `,
})
export class ProblemNotice {
  readonly problem = input.required<Problem | undefined>();
  private readonly explain = inject(Explain);
  private readonly language = inject(Language);

  protected readonly text = computed(() => {
    this.language.current();
    const problem = this.problem();
    return problem && this.explain.problem(problem);
  });
}
