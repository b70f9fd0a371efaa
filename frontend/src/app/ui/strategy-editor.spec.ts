import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Node, Strategy } from '../api/nodes-client';
import { StrategyEditor } from './strategy-editor';
import { provideEnglish, settled } from './testing';

const TARIFF = {
  retailEnergyRpPerMwh: 12_110,
  gridRpPerMwh: 10_750,
  leviesRpPerMwh: 5_400,
  feedInRpPerMwh: 6_000,
  vatPermille: 81,
};

describe('StrategyEditor', () => {
  let http: HttpTestingController;
  let fixture: ComponentFixture<StrategyEditor>;
  let page: HTMLElement;

  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting(), provideEnglish()] });
    http = TestBed.inject(HttpTestingController);
  });

  async function show(strategy: Strategy | null): Promise<void> {
    fixture = TestBed.createComponent(StrategyEditor);
    const node = { nodeId: 'n1', side: 'consumer', withdrawalFeeRpPerMwh: 6_450, strategy } as Node;
    fixture.componentRef.setInput('node', node);
    fixture.componentRef.setInput('tariff', TARIFF);
    await fixture.whenStable();
    page = fixture.nativeElement as HTMLElement;
  }

  function at<T extends HTMLElement>(testId: string): T {
    return page.querySelector<T>(`[data-testid="${testId}"]`)!;
  }

  async function type(text: string): Promise<void> {
    at<HTMLInputElement>('price-limit').value = text;
    at('price-limit').dispatchEvent(new Event('input'));
    await fixture.whenStable();
  }

  it('starts with the safe strategy at the utility’s price where nobody ever chose', async () => {
    await show(null);
    expect(at<HTMLInputElement>('price-limit').value).toBe('22.86');
    expect(at<HTMLInputElement>('strategy-market_benefit').checked).toBe(true);
    at('start-trading').click();
    expect(http.expectOne('/api/trading/node/n1/strategy').request.body).toEqual({
      strategy: 'market_benefit',
      active: true,
      limitPriceRpPerMwh: null,
    });
  });

  it('takes a price of one’s own for choosing Manual', async () => {
    await show({ strategy: 'market_benefit', active: false, limitPriceRpPerMwh: null });
    await type('18,5');
    expect(at<HTMLInputElement>('strategy-manual').checked).toBe(true);
    at('save-strategy').click();
    expect(http.expectOne('/api/trading/node/n1/strategy').request.body).toEqual({
      strategy: 'manual',
      active: false,
      limitPriceRpPerMwh: 18_500,
    });
  });

  it('sends nothing while the price is not a number, and says so', async () => {
    await show({ strategy: 'manual', active: false, limitPriceRpPerMwh: 15_000 });
    await type('1e3');
    expect(at<HTMLButtonElement>('start-trading').disabled).toBe(true);
    expect(page.querySelector('#price-fault')?.textContent).toContain('Write a number');
  });

  it('stops with what is stored, not with what is being typed', async () => {
    await show({ strategy: 'manual', active: true, limitPriceRpPerMwh: 15_000 });
    await type('99');
    at('stop-trading').click();
    expect(http.expectOne('/api/trading/node/n1/strategy').request.body).toEqual({
      strategy: 'manual',
      active: false,
      limitPriceRpPerMwh: 15_000,
    });
  });

  it('shows a refusal beside the price', async () => {
    await show({ strategy: 'manual', active: true, limitPriceRpPerMwh: 15_000 });
    await type('9999');
    at('save-strategy').click();
    http
      .expectOne('/api/trading/node/n1/strategy')
      .flush(
        { code: 'invalid', errors: [{ field: 'limitPriceRpPerMwh', code: 'out-of-range', detail: '' }] },
        { status: 400, statusText: 'Bad Request' },
      );
    await settled();
    await fixture.whenStable();
    expect(page.querySelector('#price-fault')?.textContent).toContain('outside the allowed range');
  });
});
