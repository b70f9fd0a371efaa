import { Pipe, PipeTransform, inject } from '@angular/core';
import { formatEnergy } from './formats';
import { Language } from './language';

/** Wh as kWh. Not pure: the text changes with the language too. */
@Pipe({ name: 'energy', pure: false })
export class EnergyPipe implements PipeTransform {
  private readonly language = inject(Language);

  transform(wh: number | null | undefined, digits?: number, unit = true): string {
    return wh == null ? '–' : formatEnergy(wh, this.language.current(), digits, unit);
  }
}
