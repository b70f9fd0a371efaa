import { Pipe, PipeTransform, inject } from '@angular/core';
import { formatMoney } from './formats';
import { Language } from './language';

/** µRp as CHF. Not pure: the text changes with the language too. */
@Pipe({ name: 'money', pure: false })
export class MoneyPipe implements PipeTransform {
  private readonly language = inject(Language);

  transform(urp: number | null | undefined, signed = false): string {
    return urp == null ? '–' : formatMoney(urp, this.language.current(), signed);
  }
}
