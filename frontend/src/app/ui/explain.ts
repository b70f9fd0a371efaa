import { Injectable, inject } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { FieldProblem, Problem } from '../api/problem';
import { formatEnergy, formatMoney, formatPrice } from './formats';
import { Language } from './language';
import { formatTime } from './market-time';

/** Says in the person's language what the server refused, from its code and parameters. */
@Injectable({ providedIn: 'root' })
export class Explain {
  private readonly transloco = inject(TranslocoService);
  private readonly language = inject(Language);

  problem(problem: Pick<Problem, 'code' | 'params'>): string {
    return this.sentence('error', problem.code, problem.params);
  }

  field(problem: Pick<FieldProblem, 'code' | 'params'>): string {
    return this.sentence('field', problem.code, problem.params);
  }

  private sentence(group: 'error' | 'field', code: string, params: Record<string, unknown>): string {
    const texts = this.transloco.getTranslation(this.language.current());
    // A code for a field may also have been written as one for the whole request, and the reverse.
    const key = [`${group}.${code}`, `field.${code}`, `error.${code}`].find((candidate) => candidate in texts);
    return this.transloco.translate(key ?? 'error.unexpected', this.readable({ ...params, code }));
  }

  /** Parameters carry their unit in the name, so they can be shown the person's way. */
  private readable(params: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, this.shown(name, value)]));
  }

  private shown(name: string, value: unknown): unknown {
    const lang = this.language.current();
    if (typeof value === 'number' && name.endsWith('Urp')) return formatMoney(value, lang);
    if (typeof value === 'number' && name.endsWith('Wh')) return formatEnergy(value, lang);
    if (typeof value === 'number' && /RpPerMwh$/i.test(name)) return formatPrice(value, lang);
    if (typeof value === 'string' && name.endsWith('At')) return formatTime(value, lang, 'dateTime', true);
    return value;
  }
}
