import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Household } from '../auth/household';
import { ExchangeClock } from '../ui/exchange-clock';
import { provideEnglish } from '../ui/testing';
import { DashboardPage } from './dashboard-page';

const NOON = Date.parse('2026-11-23T11:00:00Z');

describe('DashboardPage', () => {
  const clock = { now: signal<number | undefined>(NOON), failed: signal(false), runFor: () => undefined };
  const household = { nodeId: signal('N001'), side: signal('consumer'), hasProducer: signal(false) };
  let http: HttpTestingController;

  beforeEach(() => {
    clock.now.set(NOON);
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideEnglish(),
        { provide: ExchangeClock, useValue: clock },
        { provide: Household, useValue: household },
      ],
    }).overrideComponent(DashboardPage, { set: { imports: [], template: '' } });
    http = TestBed.inject(HttpTestingController);
    TestBed.createComponent(DashboardPage);
    TestBed.tick();
  });

  const asked = () => http.match(({ url }) => url.includes('/node/N001/')).map(({ request }) => request.url);

  it('asks once, not at every second of the clock', () => {
    expect(asked()).toHaveLength(2);
    clock.now.set(NOON + 1000);
    TestBed.tick();
    expect(asked()).toEqual([]);
  });

  it('asks anew when the day is over', () => {
    asked();
    clock.now.set(NOON + 13 * 3_600_000);
    TestBed.tick();
    expect(asked()).toHaveLength(2);
  });
});
