import { signal } from '@angular/core';
import { Observable } from 'rxjs';
import { Problem } from '../api/problem';
import { Answer, answerOf } from './form-answer';

/** What a form shows of the requests it sends: whether one is under way, and what was refused last. */
export class Sending {
  readonly busy = signal(false);
  readonly problem = signal<Problem | undefined>(undefined);

  async send<T>(request: Observable<T>): Promise<Answer<T>> {
    this.busy.set(true);
    const answer = await answerOf(request);
    this.busy.set(false);
    this.problem.set('problem' in answer ? answer.problem : undefined);
    return answer;
  }
}
