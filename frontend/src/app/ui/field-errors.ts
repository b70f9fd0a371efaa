import { Component, computed, inject, input } from '@angular/core';
import type { ValidationError } from '@angular/forms/signals';
import { Explain } from './explain';
import { Language } from './language';

/** A refusal of the server that belongs beside a field. */
export interface ServerError extends ValidationError {
  kind: 'server';
  code: string;
  params: Record<string, unknown>;
}

/** The first thing wrong with a field, in the person's language. */
@Component({ selector: 'ceex-field-errors', template: `{{ text() }}` })
export class FieldErrors {
  readonly errors = input.required<readonly ValidationError[]>();
  private readonly explain = inject(Explain);
  private readonly language = inject(Language);

  protected readonly text = computed(() => {
    this.language.current();
    const error = this.errors()[0];
    if (!error) return '';
    if (error.kind === 'server') return this.explain.field(error as ServerError);
    return this.explain.field({ code: error.kind, params: { ...error } });
  });
}
