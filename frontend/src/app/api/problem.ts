import { HttpErrorResponse } from '@angular/common/http';

export interface FieldProblem {
  field: string;
  code: string;
  detail?: string;
  params: Record<string, unknown>;
}

/** What went wrong, by a stable code that the page translates (RFC 9457, `application/problem+json`). */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  errors: FieldProblem[];
  params: Record<string, unknown>;
}

/** Turns whatever a request threw into a problem; a lost connection has a code of its own. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof HttpErrorResponse)) return plain(0, 'unexpected');
  const body: unknown = error.error;
  if (isRecord(body) && typeof body['code'] === 'string') return fromBody(error.status, body['code'], body);
  if (error.status === 0) return plain(0, 'offline');
  return plain(error.status, codeOfStatus(error.status));
}

function fromBody(status: number, code: string, body: Record<string, unknown>): Problem {
  const errors = Array.isArray(body['errors']) ? body['errors'].filter(isRecord).map(fieldProblem) : [];
  return { status, code, detail: text(body['detail']), errors, params: paramsOf(body) };
}

function fieldProblem(item: Record<string, unknown>): FieldProblem {
  return {
    field: text(item['field']),
    code: text(item['code']) || 'invalid',
    detail: text(item['detail']),
    params: paramsOf(item),
  };
}

/** Parameters stand under `params` or beside the code, as RFC 9457's extension members. */
function paramsOf(body: Record<string, unknown>): Record<string, unknown> {
  return isRecord(body['params']) ? { ...body, ...body['params'] } : body;
}

function codeOfStatus(status: number): string {
  if (status === 401) return 'not-authenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 429) return 'too-many-requests';
  return status >= 500 ? 'unavailable' : 'unexpected';
}

function plain(status: number, code: string): Problem {
  return { status, code, detail: '', errors: [], params: {} };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
