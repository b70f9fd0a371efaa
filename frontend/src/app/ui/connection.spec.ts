import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Connection, watchConnection } from './connection';

describe('Connection', () => {
  let http: HttpTestingController;
  let connection: Connection;

  beforeEach(() => {
    localStorage.clear();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(withInterceptors([watchConnection])), provideHttpClientTesting()],
    });
    http = TestBed.inject(HttpTestingController);
    connection = TestBed.inject(Connection);
  });

  function ask() {
    TestBed.inject(HttpClient).get('/api/a').subscribe({ error: () => undefined });
    return http.expectOne('/api/a');
  }

  it('remembers when the exchange last answered, also for the next start', () => {
    ask().flush({});
    const at = connection.answeredAt();
    expect(at).toBeGreaterThan(0);
    expect(localStorage.getItem('ceex.answered')).toBe(String(at));
  });

  it('is lost when nothing answers, and back with the next answer', () => {
    ask().error(new ProgressEvent('error'));
    expect(connection.lost()).toBe(true);
    expect(connection.answeredAt()).toBeUndefined();
    ask().flush({});
    expect(connection.lost()).toBe(false);
  });

  it('is not lost when the exchange refuses', () => {
    ask().flush({}, { status: 503, statusText: 'Unavailable' });
    expect(connection.lost()).toBe(false);
  });

  it('follows what the browser knows', () => {
    dispatchEvent(new Event('offline'));
    expect(connection.lost()).toBe(true);
    dispatchEvent(new Event('online'));
    expect(connection.lost()).toBe(false);
  });
});
