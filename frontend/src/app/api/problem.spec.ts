import { HttpErrorResponse } from '@angular/common/http';
import { problemOf } from './problem';

function refused(status: number, error: unknown): HttpErrorResponse {
  return new HttpErrorResponse({ status, error });
}

describe('problemOf', () => {
  it('takes the code, the fields and the parameters of a problem', () => {
    const problem = problemOf(
      refused(400, {
        code: 'invalid',
        detail: 'Some fields are not as they should be.',
        errors: [{ field: 'email', code: 'email', detail: 'no' }],
        freeUrp: 12,
      }),
    );
    expect(problem).toMatchObject({ status: 400, code: 'invalid', params: { freeUrp: 12 } });
    expect(problem.errors[0]).toMatchObject({ field: 'email', code: 'email' });
  });

  it('takes parameters that stand under params too', () => {
    expect(problemOf(refused(409, { code: 'gate-closed', params: { closedAt: 'x' } })).params).toMatchObject({
      closedAt: 'x',
    });
  });

  it('has a code of its own for a lost connection', () => {
    expect(problemOf(refused(0, new ProgressEvent('error'))).code).toBe('offline');
  });

  it('finds a code where a proxy answered instead of the server', () => {
    expect(problemOf(refused(502, '<html>Bad gateway</html>')).code).toBe('unavailable');
    expect(problemOf(refused(404, null)).code).toBe('not-found');
    expect(problemOf(refused(429, '')).code).toBe('too-many-requests');
  });

  it('never throws, whatever was thrown', () => {
    expect(problemOf(new TypeError('x')).code).toBe('unexpected');
    expect(problemOf(undefined).code).toBe('unexpected');
    expect(problemOf(refused(400, { code: 7, errors: 'no' })).code).toBe('unexpected');
  });
});
