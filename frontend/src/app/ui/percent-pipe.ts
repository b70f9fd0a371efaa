import { Pipe, PipeTransform, inject } from '@angular/core';
import { formatPercent } from './formats';
import { Language } from './language';

/** A share of 1 in whole per cent. Not pure: the text changes with the language too. */
@Pipe({ name: 'percent', pure: false })
export class PercentPipe implements PipeTransform {
  private readonly language = inject(Language);

  transform(share: number): string {
    return formatPercent(share, this.language.current());
  }
}
