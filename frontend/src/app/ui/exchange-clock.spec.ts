import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { DestroyRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Clock } from '../api/clock-client';
import { ExchangeClock, exchangeTime } from './exchange-clock';

const GATE = { marketId: 'dam' as const, deliveryStartsAt: '', deliveryEndsAt: '' };

describe('exchangeTime', () => {
  it('runs on from the last reading, as fast as the exchange', () => {
    const reading = { exchangeMs: 1_000_000, localMs: 500, speed: 60 };
    expect(exchangeTime(reading, 500)).toBe(1_000_000);
    expect(exchangeTime(reading, 1500)).toBe(1_060_000);
  });
});

describe('ExchangeClock', () => {
  let http: HttpTestingController;
  let clock: ExchangeClock;
  const answer: Clock = {
    now: '2026-11-22T09:59:58.000Z',
    speed: 1,
    nextGates: [
      { ...GATE, auctionId: 'later', gateClosesAt: '2026-11-23T10:00:00Z' },
      { ...GATE, auctionId: 'next', gateClosesAt: '2026-11-22T10:00:00Z' },
    ],
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
    http = TestBed.inject(HttpTestingController);
    clock = TestBed.inject(ExchangeClock);
    clock.runFor(TestBed.inject(DestroyRef));
  });

  afterEach(() => vi.useRealTimers());

  async function answered(): Promise<void> {
    http.expectOne('/api/trading/clock').flush(answer);
    await Promise.resolve();
    await Promise.resolve();
  }

  it('counts by the server’s time, not the browser’s', async () => {
    await answered();
    expect(clock.nextGate('dam')?.auctionId).toBe('next');
    vi.advanceTimersByTime(1000);
    expect(clock.now()).toBe(Date.parse('2026-11-22T09:59:59Z'));
  });

  it('moves on to the following gate at the very second of closure, and asks the server anew', async () => {
    await answered();
    vi.advanceTimersByTime(2000);
    expect(clock.nextGate('dam')?.auctionId).toBe('later');
    http.expectOne('/api/trading/clock');
  });

  it('says that it knows nothing when it was never answered', async () => {
    http.expectOne('/api/trading/clock').error(new ProgressEvent('error'));
    await Promise.resolve();
    await Promise.resolve();
    expect(clock.now()).toBeUndefined();
    expect(clock.failed()).toBe(true);
  });
});
