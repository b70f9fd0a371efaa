import { HttpErrorResponse, HttpInterceptorFn, HttpResponse } from '@angular/common/http';
import { Injectable, inject, signal } from '@angular/core';
import { tap } from 'rxjs';

const STORED = 'ceex.answered';
/** To store is slow, and nobody asks to the second how old a page is. */
const STORE_EVERY_MS = 5000;

/** Whether the exchange can be reached, and when it last answered, so that old figures are called old. */
@Injectable({ providedIn: 'root' })
export class Connection {
  readonly lost = signal(!navigator.onLine);
  /** When the exchange last answered this browser; kept for a start without a connection. */
  readonly answeredAt = signal<number | undefined>(Number(localStorage.getItem(STORED)) || undefined);

  private storedAt = 0;

  constructor() {
    addEventListener('offline', () => this.lost.set(true));
    addEventListener('online', () => this.lost.set(false));
  }

  answered(at: number): void {
    this.lost.set(false);
    this.answeredAt.set(at);
    if (at - this.storedAt < STORE_EVERY_MS) return;
    this.storedAt = at;
    localStorage.setItem(STORED, String(at));
  }

  failed(): void {
    this.lost.set(true);
  }
}

/** Tells the connection what became of each question to the exchange. */
export const watchConnection: HttpInterceptorFn = (request, next) => {
  const connection = inject(Connection);
  return next(request).pipe(
    tap({
      next: (event) => {
        if (event instanceof HttpResponse) connection.answered(Date.now());
      },
      error: (error: unknown) => {
        if (error instanceof HttpErrorResponse && error.status === 0) connection.failed();
      },
    }),
  );
};
