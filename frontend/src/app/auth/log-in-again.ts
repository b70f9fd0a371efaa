import { Injectable, inject, signal } from '@angular/core';
import { Router } from '@angular/router';
import { Session } from './session';

/**
 * Asks for the password where a session ended while somebody was at work, without leaving the page.
 *
 * However many requests wait for it, one question is asked; what was typed stays, and the requests go out afterwards.
 */
@Injectable({ providedIn: 'root' })
export class LogInAgain {
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  private answer?: Promise<boolean>;
  private resolve?: (again: boolean) => void;

  readonly asking = signal(false);

  /** True once the same person is logged in again, false if they would rather leave. */
  ask(): Promise<boolean> {
    this.asking.set(true);
    this.answer ??= new Promise<boolean>((resolve) => (this.resolve = resolve));
    return this.answer;
  }

  async logIn(password: string, code: string): Promise<void> {
    await this.session.logIn(this.session.user()?.email ?? '', password, code);
    this.settle(true);
  }

  leave(): void {
    this.settle(false);
    this.session.leave();
    void this.router.navigate(['/'], { queryParams: { returnTo: this.router.url } });
  }

  private settle(again: boolean): void {
    this.asking.set(false);
    this.resolve?.(again);
    this.answer = undefined;
  }
}
