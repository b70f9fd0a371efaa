import { Pipe, PipeTransform, inject } from '@angular/core';
import { formatMonth } from './formats';
import { Language } from './language';

/** `2026-11` in words. Not pure: the text changes with the language too. */
@Pipe({ name: 'month', pure: false })
export class MonthPipe implements PipeTransform {
  private readonly language = inject(Language);

  transform(month: string): string {
    return formatMonth(month, this.language.current());
  }
}
