import { HttpClient } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';
import { Pairing } from './pairings-client';

export interface User {
  userId: string;
  email: string;
  role: 'household' | 'member' | 'dso' | 'operator';
  language: string;
  /** Whether logging in takes a code as well. */
  secondFactor: boolean;
  pairings: Pairing[];
}

@Injectable({ providedIn: 'root' })
export class MeClient {
  private readonly http = inject(HttpClient);

  read(): Observable<User> {
    return this.http.get<User>('/api/me');
  }

  setLanguage(language: string): Observable<User> {
    return this.http.patch<User>('/api/me', { language });
  }
}
