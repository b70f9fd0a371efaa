import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { vi } from 'vitest';
import { GateCountdown } from './gate-countdown';
import { provideEnglish } from './testing';

const GATE = Date.parse('2026-11-22T10:00:00Z');
const MINUTE = 60_000;

describe('GateCountdown', () => {
  const said = () => document.querySelector('.cdk-live-announcer-element')?.textContent ?? '';

  beforeEach(() => {
    vi.useFakeTimers();
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting(), provideEnglish()] });
  });

  afterEach(() => {
    TestBed.resetTestingModule();
    vi.useRealTimers();
  });

  async function show(leftMs: number): Promise<void> {
    const fixture = TestBed.createComponent(GateCountdown);
    fixture.componentRef.setInput('market', 'dam');
    fixture.detectChanges();
    TestBed.inject(HttpTestingController)
      .expectOne('/api/trading/clock')
      .flush({
        now: new Date(GATE - leftMs).toISOString(),
        speed: 1,
        nextGates: [
          {
            marketId: 'dam',
            auctionId: 'dam-2026-11-23',
            gateClosesAt: new Date(GATE).toISOString(),
            deliveryStartsAt: '2026-11-22T23:00:00Z',
            deliveryEndsAt: '2026-11-23T23:00:00Z',
          },
        ],
      });
    await vi.advanceTimersByTimeAsync(1_500);
  }

  async function wait(ms: number): Promise<void> {
    // The clock is read anew every minute; what it says then is what it counted to.
    for (let left = ms; left > 0; left -= 1_000) {
      await vi.advanceTimersByTimeAsync(1_000);
      TestBed.inject(HttpTestingController).match(() => true).forEach((question) => question.error(new ProgressEvent('error')));
    }
  }

  it('tells who listens that ten, five and one minute are left, politely, and nothing in between', async () => {
    await show(11 * MINUTE);
    expect(said()).toBe('');
    await wait(MINUTE);
    expect(said()).toBe('The day-ahead gate closes in 10 minutes.');
    expect(document.querySelector('.cdk-live-announcer-element')?.getAttribute('aria-live')).toBe('polite');
    await wait(3 * MINUTE);
    expect(said()).toBe('The day-ahead gate closes in 10 minutes.');
    await wait(2 * MINUTE);
    expect(said()).toBe('The day-ahead gate closes in 5 minutes.');
    await wait(4 * MINUTE);
    expect(said()).toBe('The day-ahead gate closes in one minute.');
  });

  it('does not tell of a minute that passed before somebody came', async () => {
    await show(4 * MINUTE);
    await wait(MINUTE);
    expect(said()).toBe('');
  });
});
