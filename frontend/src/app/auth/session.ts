import { Injectable, computed, inject, signal } from '@angular/core';
import { firstValueFrom } from 'rxjs';
import { AuthClient, Grant } from '../api/auth-client';
import { MeClient, User } from '../api/me-client';
import { problemOf } from '../api/problem';
import { alone } from './alone';

/** `ended`: the server knows no session any more. `unreachable`: nobody can tell; the session stays as it is. */
export type Renewal = 'renewed' | 'ended' | 'unreachable';

const WAS_SIGNED_IN = 'ceex.signed-in';
const EARLY_MS = 20_000;

/** Who is signed in. The access token lives in this memory alone, the refresh token in a cookie no script can read. */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly auth = inject(AuthClient);
  private readonly me = inject(MeClient);
  private accessToken: string | null = null;
  private validUntilMs = 0;
  private renewing: Promise<Renewal> | null = null;
  private resumed: Promise<void> | null = null;

  readonly user = signal<User | null>(null);
  readonly signedIn = computed(() => this.user() !== null);
  /** True after a session ended by itself, so that the page can say so and ask for the password. */
  readonly expired = signal(false);

  async logIn(email: string, password: string, code: string): Promise<void> {
    this.take(await firstValueFrom(this.auth.logIn(email, password, code)));
  }

  /** Picks up the session of an earlier visit, once; a browser that never signed in asks nothing. */
  resume(): Promise<void> {
    this.resumed ??= localStorage.getItem(WAS_SIGNED_IN) ? this.renew().then(() => undefined) : Promise.resolve();
    return this.resumed;
  }

  /** A token that is still good for a while, renewed first if need be. */
  async token(): Promise<string | null> {
    if (this.accessToken && Date.now() > this.validUntilMs - EARLY_MS) await this.renew();
    return this.accessToken;
  }

  /**
   * Gets a new access token; however many ask at once, one request goes out.
   *
   * The refresh token rotates and its second use ends the session, so other tabs wait too.
   */
  renew(): Promise<Renewal> {
    this.renewing ??= alone('ceex-refresh', () => this.refresh()).finally(() => (this.renewing = null));
    return this.renewing;
  }

  async logOut(): Promise<void> {
    await firstValueFrom(this.auth.logOut(), { defaultValue: undefined });
    this.end(false);
  }

  async reloadUser(): Promise<void> {
    this.user.set(await firstValueFrom(this.me.read()));
  }

  private async refresh(): Promise<Renewal> {
    try {
      this.take(await firstValueFrom(this.auth.refresh()));
      return 'renewed';
    } catch (error) {
      const { status } = problemOf(error);
      if (status !== 401 && status !== 403) return 'unreachable';
      this.forget();
      return 'ended';
    }
  }

  private take(grant: Grant): void {
    this.accessToken = grant.accessToken;
    this.validUntilMs = Date.now() + grant.expiresIn * 1000;
    this.user.set(grant.user);
    this.expired.set(false);
    localStorage.setItem(WAS_SIGNED_IN, '1');
  }

  /** Goes on without the person whose session has ended. */
  leave(): void {
    this.end(this.user() !== null);
  }

  /**
   * The server knows this session no more. Who was at work here stays on the page, so that nothing typed is lost;
   * who logged out in another tab has left this one too.
   */
  private forget(): void {
    this.accessToken = null;
    if (this.user() === null || !localStorage.getItem(WAS_SIGNED_IN)) this.end(false);
    else this.expired.set(true);
  }

  private end(expired: boolean): void {
    this.expired.set(expired);
    this.accessToken = null;
    this.user.set(null);
    localStorage.removeItem(WAS_SIGNED_IN);
  }
}
