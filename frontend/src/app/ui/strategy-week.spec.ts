import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { Component, input } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { LastWeek } from '../api/strategies-client';
import { Chart } from './chart';
import { StrategyWeek } from './strategy-week';
import { provideEnglish } from './testing';

/** A chart's sentence; there is nothing to draw on here. */
@Component({ selector: 'ceex-chart', template: '{{ caption() }}' })
class Caption {
  readonly caption = input.required<string>();
  readonly labels = input<unknown>();
  readonly series = input<unknown>();
  readonly labelName = input<unknown>();
  readonly format = input<unknown>();
  readonly axisFormat = input<unknown>();
}

const WEEK: LastWeek = {
  startsAt: '2026-11-15T23:00:00Z',
  endsAt: '2026-11-22T23:00:00Z',
  isReady: true,
  retryAfterS: 0,
  isProvisional: false,
  chosen: 'market_benefit',
  hasBattery: true,
  hasLoads: false,
  utilityCostUrp: 2_000_000_000,
  strategies: [],
};

function tried(strategy: 'market_benefit' | 'never_lose', costUrp: number) {
  const days = [{ day: '2026-11-16', costUrp, utilityCostUrp: 2_000_000_000 }];
  return { strategy, costUrp, storedUrp: 50_000_000, boughtCommunityWh: 0, boughtNetworkWh: 0, soldCommunityWh: 0, soldNetworkWh: 0, days };
}

describe('StrategyWeek', () => {
  async function shown(answer: LastWeek): Promise<string> {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting(), provideEnglish()] });
    TestBed.overrideComponent(StrategyWeek, { remove: { imports: [Chart] }, add: { imports: [Caption] } });
    const http = TestBed.inject(HttpTestingController);
    const fixture = TestBed.createComponent(StrategyWeek);
    fixture.componentRef.setInput('nodeId', 'n1');
    fixture.componentRef.setInput('strategy', 'never_lose');
    TestBed.tick();
    http.expectOne('/api/trading/node/n1/strategies').flush(answer);
    await fixture.whenStable();
    return ((fixture.nativeElement as HTMLElement).textContent ?? '').replaceAll('\u00a0', ' ');
  }

  it('says what the week would have cost, beside the utility and what was chosen', async () => {
    const strategies = [tried('market_benefit', 1_500_000_000), tried('never_lose', -100_000_000)];
    const text = await shown({ ...WEEK, strategies });
    expect(text).toContain('With Never Lose your last seven days would have earned CHF 1.00.');
    expect(text).toContain('With your utility alone: CHF 20.00 paid.');
    expect(text).toContain('With your Market Benefit: CHF 15.00 paid.');
    expect(text).toContain('hold more at the end counts as CHF +0.50');
  });

  it('draws no three equal lines where there is no battery', async () => {
    const text = await shown({ ...WEEK, hasBattery: false, strategies: [tried('never_lose', 1)] });
    expect(text).toContain('needs a battery');
    expect(text).not.toContain('would have');
  });

  it('says that it is being computed', async () => {
    expect(await shown({ ...WEEK, isReady: false, retryAfterS: 60 })).toContain('takes a moment');
  });
});
