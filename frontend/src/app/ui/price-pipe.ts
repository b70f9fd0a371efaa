import { Pipe, PipeTransform, inject } from '@angular/core';
import { formatPrice } from './formats';
import { Language } from './language';

/** Rp/MWh as Rp./kWh or ct./kWh. Not pure: the text changes with the language too. */
@Pipe({ name: 'price', pure: false })
export class PricePipe implements PipeTransform {
  private readonly language = inject(Language);

  transform(rpPerMwh: number | null | undefined, unit = true): string {
    return rpPerMwh == null ? '–' : formatPrice(rpPerMwh, this.language.current(), unit);
  }
}
