import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { firstValueFrom } from 'rxjs';
import { Grant } from '../api/auth-client';
import { authorize } from './authorize';
import { LogInAgain } from './log-in-again';
import { Session } from './session';

const ADA: Grant = {
  accessToken: 'first',
  expiresIn: 300,
  user: { userId: '1', email: 'ada@ceex.example', role: 'household', language: 'en', secondFactor: false, pairings: [] },
};

/** Lets promises that were settled run on. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

describe('Session', () => {
  let http: HttpTestingController;
  let client: HttpClient;
  let session: Session;

  beforeEach(async () => {
    localStorage.clear();
    TestBed.configureTestingModule({
      providers: [provideRouter([]), provideHttpClient(withInterceptors([authorize])), provideHttpClientTesting()],
    });
    http = TestBed.inject(HttpTestingController);
    client = TestBed.inject(HttpClient);
    session = TestBed.inject(Session);
  });

  afterEach(() => http.verify());

  async function logIn(grant = ADA): Promise<void> {
    const done = session.logIn('ada@ceex.example', 'secret', '');
    http.expectOne('/api/auth/login').flush(grant);
    await done;
  }

  it('sends the access token to the API, and none to the log-in', async () => {
    const done = session.logIn('ada@ceex.example', 'secret', '');
    const request = http.expectOne('/api/auth/login');
    expect(request.request.headers.has('Authorization')).toBe(false);
    request.flush(ADA);
    await done;
    void firstValueFrom(client.get('/api/me'));
    await settled();
    expect(http.expectOne('/api/me').request.headers.get('Authorization')).toBe('Bearer first');
  });

  it('refreshes once however many requests were refused, and sends each of them again', async () => {
    await logIn();
    const answers = Promise.all(['/api/a', '/api/b', '/api/c'].map((url) => firstValueFrom(client.get(url))));
    await settled();
    for (const url of ['/api/a', '/api/b', '/api/c']) {
      http.expectOne(url).flush({}, { status: 401, statusText: 'Unauthorized' });
    }
    await settled();
    const refresh = http.expectOne('/api/auth/refresh');
    expect(refresh.request.headers.get('X-CEEX')).toBe('1');
    refresh.flush({ ...ADA, accessToken: 'second' });
    await settled();
    for (const url of ['/api/a', '/api/b', '/api/c']) {
      const again = http.expectOne(url);
      expect(again.request.headers.get('Authorization')).toBe('Bearer second');
      again.flush({ url });
    }
    expect(await answers).toEqual([{ url: '/api/a' }, { url: '/api/b' }, { url: '/api/c' }]);
  });

  it('renews a token that is about to expire before it is refused', async () => {
    await logIn({ ...ADA, expiresIn: 1 });
    void firstValueFrom(client.get('/api/a'));
    await settled();
    http.expectOne('/api/auth/refresh').flush({ ...ADA, accessToken: 'second' });
    await settled();
    expect(http.expectOne('/api/a').request.headers.get('Authorization')).toBe('Bearer second');
  });

  /** A request that is refused, and whose session cannot be renewed. */
  async function refused(url: string): Promise<void> {
    http.expectOne(url).flush({}, { status: 401, statusText: 'Unauthorized' });
    await settled();
    http.expectOne('/api/auth/refresh').flush({}, { status: 401, statusText: 'Unauthorized' });
    await settled();
  }

  it('asks once for the password where the session ended, and then sends what was waiting, with its key', async () => {
    await logIn();
    const question = TestBed.inject(LogInAgain);
    const headers = { 'Idempotency-Key': 'one' };
    const placed = firstValueFrom(client.post('/api/order', { wh: 1 }, { headers }));
    const read = firstValueFrom(client.get('/api/a'));
    await settled();
    http.expectOne('/api/order').flush({}, { status: 401, statusText: 'Unauthorized' });
    await refused('/api/a');
    expect([session.signedIn(), session.expired(), question.asking()]).toEqual([true, true, true]);

    const again = question.logIn('secret', '');
    const request = http.expectOne('/api/auth/login');
    expect(request.request.body).toMatchObject({ email: 'ada@ceex.example', password: 'secret' });
    request.flush({ ...ADA, accessToken: 'second' });
    await again;
    await settled();
    const sent = http.expectOne('/api/order');
    expect(sent.request.headers.get('Authorization')).toBe('Bearer second');
    expect(sent.request.headers.get('Idempotency-Key')).toBe('one');
    sent.flush({ placed: true });
    http.expectOne('/api/a').flush({ read: true });
    expect(await placed).toEqual({ placed: true });
    expect(await read).toEqual({ read: true });
    expect([session.expired(), question.asking()]).toEqual([false, false]);
  });

  it('leads to the log-in with the way back who would rather leave', async () => {
    await logIn();
    const navigate = vi.spyOn(TestBed.inject(Router), 'navigate').mockResolvedValue(true);
    const answer = firstValueFrom(client.get('/api/a')).catch((error: { status: number }) => error.status);
    await settled();
    await refused('/api/a');
    TestBed.inject(LogInAgain).leave();
    expect(await answer).toBe(401);
    expect([session.signedIn(), session.expired()]).toEqual([false, true]);
    expect(navigate).toHaveBeenCalledWith(['/'], { queryParams: { returnTo: '/' } });
  });

  it('is over at once here if the person logged out in another tab', async () => {
    await logIn();
    localStorage.removeItem('ceex.signed-in');
    const navigate = vi.spyOn(TestBed.inject(Router), 'navigate').mockResolvedValue(true);
    const answer = firstValueFrom(client.get('/api/a')).catch((error: { status: number }) => error.status);
    await settled();
    await refused('/api/a');
    expect(await answer).toBe(401);
    expect([session.signedIn(), TestBed.inject(LogInAgain).asking()]).toEqual([false, false]);
    expect(navigate).toHaveBeenCalled();
  });

  it('stays signed in when the server cannot be reached', async () => {
    await logIn();
    const renewal = session.renew();
    await settled();
    http.expectOne('/api/auth/refresh').error(new ProgressEvent('error'));
    expect(await renewal).toBe('unreachable');
    expect(session.signedIn()).toBe(true);
  });

  it('asks nothing at the start of a browser that never signed in', async () => {
    await session.resume();
    http.expectNone('/api/auth/refresh');
    expect(session.signedIn()).toBe(false);
  });

  it('picks up the session of an earlier visit, once', async () => {
    localStorage.setItem('ceex.signed-in', '1');
    const both = Promise.all([session.resume(), session.resume()]);
    await settled();
    http.expectOne('/api/auth/refresh').flush(ADA);
    await both;
    expect(session.user()?.email).toBe('ada@ceex.example');
  });

  it('keeps no token anywhere a script could find it later', async () => {
    await logIn();
    expect(JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })).not.toContain('first');
  });
});
