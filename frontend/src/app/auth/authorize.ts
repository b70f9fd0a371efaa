import { HttpErrorResponse, HttpEvent, HttpHandlerFn, HttpInterceptorFn, HttpRequest } from '@angular/common/http';
import { inject } from '@angular/core';
import { Router } from '@angular/router';
import { Observable, catchError, from, switchMap, throwError } from 'rxjs';
import { WITHOUT_TOKEN } from '../api/auth-client';
import { Session } from './session';

/** Sends the access token along; a 401 renews it once and sends the request again. */
export const authorize: HttpInterceptorFn = (request, next) => {
  if (request.context.get(WITHOUT_TOKEN) || !request.url.startsWith('/api/')) return next(request);
  const session = inject(Session);
  const router = inject(Router);
  return from(session.token()).pipe(
    switchMap((token) => next(withToken(request, token))),
    catchError((error: unknown) => {
      if (!(error instanceof HttpErrorResponse) || error.status !== 401) return throwError(() => error);
      return again(request, next, session, router, error);
    }),
  );
};

function again(
  request: HttpRequest<unknown>,
  next: HttpHandlerFn,
  session: Session,
  router: Router,
  error: HttpErrorResponse,
): Observable<HttpEvent<unknown>> {
  return from(session.renew()).pipe(
    switchMap((renewal) => {
      if (renewal === 'ended') void router.navigate(['/'], { queryParams: { returnTo: router.url } });
      if (renewal !== 'renewed') return throwError(() => error);
      return from(session.token()).pipe(switchMap((token) => next(withToken(request, token))));
    }),
  );
}

function withToken(request: HttpRequest<unknown>, token: string | null): HttpRequest<unknown> {
  return token ? request.clone({ setHeaders: { Authorization: `Bearer ${token}` } }) : request;
}
