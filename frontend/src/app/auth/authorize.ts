import { HttpErrorResponse, HttpInterceptorFn, HttpRequest } from '@angular/common/http';
import { inject } from '@angular/core';
import { Router } from '@angular/router';
import { catchError, from, switchMap, throwError } from 'rxjs';
import { WITHOUT_TOKEN } from '../api/auth-client';
import { LogInAgain } from './log-in-again';
import { Session } from './session';

/** Sends the access token along; a 401 renews it, or asks the person to log in again, and sends the request again. */
export const authorize: HttpInterceptorFn = (request, next) => {
  if (request.context.get(WITHOUT_TOKEN) || !request.url.startsWith('/api/')) return next(request);
  const [session, router, question] = [inject(Session), inject(Router), inject(LogInAgain)];
  return from(session.token()).pipe(
    switchMap((token) => next(withToken(request, token))),
    catchError((error: unknown) => {
      if (!(error instanceof HttpErrorResponse) || error.status !== 401) return throwError(() => error);
      return from(newToken(session, question, router)).pipe(
        switchMap((token) => (token ? next(withToken(request, token)) : throwError(() => error))),
      );
    }),
  );
};

/** A token that holds, or none where there is no session any more or nobody can tell. */
async function newToken(session: Session, question: LogInAgain, router: Router): Promise<string | null> {
  const renewal = session.expired() ? 'ended' : await session.renew();
  if (renewal === 'unreachable') return null;
  if (renewal === 'renewed') return session.token();
  if (session.signedIn()) return (await question.ask()) ? session.token() : null;
  void router.navigate(['/'], { queryParams: { returnTo: router.url } });
  return null;
}

function withToken(request: HttpRequest<unknown>, token: string | null): HttpRequest<unknown> {
  return token ? request.clone({ setHeaders: { Authorization: `Bearer ${token}` } }) : request;
}
