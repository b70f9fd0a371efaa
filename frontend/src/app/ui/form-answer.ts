import type { FieldTree, ValidationError } from '@angular/forms/signals';
import { Observable, firstValueFrom } from 'rxjs';
import { Problem, problemOf } from '../api/problem';
import { ServerError } from './field-errors';

type Placed = ValidationError.WithOptionalFieldTree;

/** Puts each refused field's problem beside its field; `names` maps the server's names to the form's. */
export function placeErrors<T extends object>(
  form: FieldTree<T>,
  problem: Problem,
  names: Record<string, keyof T & string> = {},
): Placed[] {
  const fields = form as unknown as Record<string, FieldTree<unknown> | undefined>;
  return problem.errors.flatMap((error) => {
    const fieldTree = fields[names[error.field] ?? error.field];
    if (!fieldTree) return [];
    return [serverError(fieldTree, error)];
  });
}

/** A refusal of the server beside one field. */
export function serverError(field: unknown, { code, params }: Pick<Problem, 'code' | 'params'>): Placed {
  const error: ServerError = { kind: 'server', code, params };
  return { ...error, fieldTree: field } as Placed;
}

export type Answer<T> = { value: T } | { problem: Problem };

/** Sends a form; what the server refused comes back as a problem instead of a throw. */
export async function answerOf<T>(request: Observable<T>): Promise<Answer<T>> {
  try {
    return { value: await firstValueFrom(request, { defaultValue: undefined as T }) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}
