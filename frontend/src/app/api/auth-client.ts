import { HttpClient, HttpContext, HttpContextToken } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';
import { User } from './me-client';

/** Marks a request that must go out without an access token, and whose 401 means what it says. */
export const WITHOUT_TOKEN = new HttpContextToken(() => false);

export interface Grant {
  accessToken: string;
  expiresIn: number;
  user: User;
}

@Injectable({ providedIn: 'root' })
export class AuthClient {
  private readonly http = inject(HttpClient);
  private readonly open = { context: new HttpContext().set(WITHOUT_TOKEN, true) };

  register(body: { email: string; password: string; language: string }): Observable<unknown> {
    return this.http.post('/api/auth/register', body, this.open);
  }

  confirm(token: string): Observable<unknown> {
    return this.http.post('/api/auth/confirm', { token }, this.open);
  }

  /** The code is empty where none is needed, or none was asked for yet. */
  logIn(email: string, password: string, code: string): Observable<Grant> {
    return this.http.post<Grant>('/api/auth/login', { email, password, code }, this.open);
  }

  /** The refresh token travels in an HttpOnly cookie; the header proves that this page sent the request. */
  refresh(): Observable<Grant> {
    return this.http.post<Grant>('/api/auth/refresh', {}, { ...this.open, headers: { 'X-CEEX': '1' } });
  }

  logOut(): Observable<unknown> {
    return this.http.post('/api/auth/logout', {}, { ...this.open, headers: { 'X-CEEX': '1' } });
  }

  requestReset(email: string): Observable<unknown> {
    return this.http.post('/api/auth/password/reset-request', { email }, this.open);
  }

  resetPassword(token: string, password: string): Observable<unknown> {
    return this.http.post('/api/auth/password/reset', { token, password }, this.open);
  }

  changePassword(currentPassword: string, newPassword: string): Observable<unknown> {
    return this.http.post('/api/auth/password/change', { currentPassword, newPassword });
  }
}
