import { Pipe, PipeTransform, inject } from '@angular/core';
import { Language } from './language';
import { Instant, TimeStyle, formatTime } from './market-time';

/** An instant in the market's time. Not pure: the text changes with the language too. */
@Pipe({ name: 'time', pure: false })
export class TimePipe implements PipeTransform {
  private readonly language = inject(Language);

  transform(at: Instant | null | undefined, style: TimeStyle = 'dateTime', withZone = false): string {
    return at == null ? '–' : formatTime(at, this.language.current(), style, withZone);
  }
}
