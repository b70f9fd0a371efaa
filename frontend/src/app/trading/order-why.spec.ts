import { TestBed } from '@angular/core/testing';
import { PeriodResult } from '../api/results-client';
import { provideEnglish, settled } from '../ui/testing';
import { OrderWhy } from './order-why';

const REFUSED: PeriodResult = {
  period: 0,
  startsAt: '2026-11-22T23:00:00Z',
  orderedWh: 1_000,
  acceptedWh: 0,
  curtailedWh: 0,
  priceRpPerMwh: 8_000,
  meterPriceRpPerMwh: 14_450,
  code: 'out-of-the-money',
  limitRpPerMwh: 14_000,
  outByRpPerMwh: 450,
  shareOfOrderPermille: 0,
  atMarginWh: 0,
  atMarginAcceptedWh: 0,
  enoughRpPerMwh: 14_451,
  line: null,
};

describe('OrderWhy', () => {
  async function said(result: Partial<PeriodResult>, side: 'buy' | 'sell', because: string | null = null): Promise<string> {
    TestBed.configureTestingModule({ providers: [provideEnglish()] });
    const fixture = TestBed.createComponent(OrderWhy);
    fixture.componentRef.setInput('result', { ...REFUSED, ...result });
    fixture.componentRef.setInput('side', side);
    fixture.componentRef.setInput('because', because);
    await settled();
    fixture.detectChanges();
    return (fixture.nativeElement as HTMLElement).textContent.replaceAll('\u00a0', ' ').trim();
  }

  it('holds the limit against the price and tells what would have been enough', async () => {
    expect(await said({}, 'buy')).toBe(
      'The price of 14.45 Rp./kWh is 0.45 Rp./kWh above your limit of 14.00 Rp./kWh. ' +
        'A limit of 14.451 Rp./kWh would have been enough for all of it.',
    );
  });

  it('tells the share at the margin', async () => {
    const text = await said(
      { code: 'at-the-margin', acceptedWh: 300, atMarginWh: 1_000, atMarginAcceptedWh: 300, enoughRpPerMwh: null },
      'sell',
    );
    expect(text).toContain('you sold 0.3 kWh of 1 kWh');
    expect(text).not.toMatch(/enough|curtailed/);
  });

  it('names the line that was full, and what was accepted all the same', async () => {
    const line = { fromBus: 'N001', toBus: 'GRID', priceBeyondRpPerMwh: 16_410 };
    const text = await said({ code: 'line-full', acceptedWh: 200, line }, 'sell');
    expect(text).toMatch(/^0\.2 kWh of 1 kWh was accepted; for the rest: The line N001–GRID was full/);
    expect(text).toContain('16.41 Rp./kWh');
  });

  it('tells what the grid operator curtailed of what was accepted, and why', async () => {
    const accepted = { code: 'accepted', acceptedWh: 1_000, curtailedWh: 400, enoughRpPerMwh: null } as const;
    const text = await said(accepted, 'sell', 'Transformer in repair');
    expect(text).toMatch(/^Accepted in full/);
    expect(text).toContain('curtailed 0.4 kWh of the accepted 1 kWh');
    expect(text).toContain('paid back. Its reason: Transformer in repair');
  });

  it('holds a block’s limit against the average of its prices', async () => {
    const block = {
      code: 'paradoxically-refused',
      ratioPermille: 0,
      limitRpPerMwh: 12_000,
      averageRpPerMwh: 13_000,
    } as const;
    const text = await said({ code: block.code, block }, 'sell');
    expect(text).toMatch(/^0% of the block was accepted\. The average price of 13\.00 Rp\.\/kWh would have been within/);
  });
});
