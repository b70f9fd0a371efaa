import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { DeferBlockBehavior, TestBed } from '@angular/core/testing';
import { StrategyName } from '../api/nodes-client';
import { provideEnglish, settled } from '../ui/testing';
import { ForecastCard } from './forecast-card';

describe('ForecastCard', () => {
  async function show(strategy: StrategyName | undefined): Promise<HTMLElement> {
    TestBed.configureTestingModule({
      deferBlockBehavior: DeferBlockBehavior.Manual,
      providers: [provideHttpClient(), provideHttpClientTesting(), provideEnglish()],
    });
    const fixture = TestBed.createComponent(ForecastCard);
    for (const [name, value] of Object.entries({ nodeId: 'n1', side: 'consumer', strategy })) {
      fixture.componentRef.setInput(name, value);
    }
    fixture.detectChanges();
    const items = [{ startsAt: '2026-11-22T10:00:00Z', lowWh: 100, middleWh: 200, highWh: 300 }];
    TestBed.inject(HttpTestingController)
      .expectOne('/api/trading/node/n1/forecast')
      .flush({ items, errorPermille: 214, weekAgoErrorPermille: 300 });
    await settled();
    await fixture.whenStable();
    return fixture.nativeElement as HTMLElement;
  }

  it('says how right it was', async () => {
    const page = await show('market_benefit');
    expect(page.textContent.replaceAll('\u00a0', ' ')).toContain('off by 21 % of your energy');
  });

  it.each([
    ['market_benefit', true],
    ['manual', false],
    [undefined, false],
  ] as const)('says how strategies bid by it where one is chosen: %s', async (strategy, isSaid) => {
    const page = await show(strategy);
    expect(page.querySelector('[data-testid="forecast-means"]') !== null).toBe(isSaid);
  });
});
