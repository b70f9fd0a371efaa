import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Node } from '../api/nodes-client';
import { Order } from '../api/orders-client';
import { provideEnglish, settled } from '../ui/testing';
import { OrderDesk } from './order-desk';

const NODE = { nodeId: 'n1', side: 'consumer', withdrawalFeeRpPerMwh: 6_450 } as Node;
const AUCTION = {
  auctionId: 'rtm-1',
  marketId: 'dam',
  number: 1,
  deliveryDay: '2026-11-23',
  state: 'open',
  gateOpensAt: '2026-11-15T23:00:00Z',
  gateClosesAt: '2026-11-22T10:00:00Z',
  expectedPublicationAt: '2026-11-22T10:05:00Z',
  deliveryStartsAt: '2026-11-22T23:00:00Z',
  deliveryEndsAt: '2026-11-22T23:30:00Z',
  periods: 2,
  periodStarts: ['2026-11-22T23:00:00Z', '2026-11-22T23:15:00Z'],
};
const MARKET = {
  marketId: 'dam',
  tickRpPerMwh: 1,
  priceFloorRpPerMwh: -50_000,
  priceCapRpPerMwh: 400_000,
  minQuantityWh: 1,
};
const ORDER = {
  orderId: 'o1',
  nodeId: 'n1',
  auctionId: 'rtm-1',
  side: 'buy',
  state: 'open',
  source: 'household',
  version: 1,
  points: [{ period: 0, priceRpPerMwh: 20_000, quantityWh: 500 }],
  heldUrp: 0,
} as unknown as Order;

describe('OrderDesk', () => {
  let http: HttpTestingController;
  let fixture: ComponentFixture<OrderDesk>;
  let page: HTMLElement;
  let orders: Order[];
  let auction: typeof AUCTION;
  let now: string;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    [orders, auction, now] = [[], AUCTION, '2026-11-22T09:59:00Z'];
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting(), provideEnglish()] });
    http = TestBed.inject(HttpTestingController);
  });

  afterEach(() => vi.useRealTimers());

  function answerOf(url: string): unknown {
    if (url.includes('/clock')) return { now, speed: 1, nextGates: [] };
    if (url.includes('/markets')) return { items: [MARKET] };
    if (url.includes('/auctions?')) return { items: [auction] };
    if (url.includes('/prices')) return { items: [] };
    // As from the wire: never the array of the read before.
    if (url.includes('/auctions/')) return structuredClone(auction);
    if (url.includes('/results?')) return { auctionId: 'rtm-1', curtailedBecause: null, items: [], partners: [] };
    if (url.includes('/curves?')) return { auctionId: 'rtm-1', shown: false, own: [] };
    if (url.includes('/orders?')) return { items: orders };
    if (url.includes('/account')) return { freeUrp: 1_000_000_000, heldUrp: 0 };
    return undefined;
  }

  /** What is on the screen now; a read that is still under way must not hold the test up. */
  async function look(): Promise<void> {
    fixture.detectChanges();
    await settled();
    fixture.detectChanges();
  }

  /** Answers every read, until none is left. */
  async function answer(): Promise<void> {
    for (let turn = 0; turn < 6; turn++) {
      await look();
      const reads = http.match((request) => request.method === 'GET' && answerOf(request.urlWithParams) !== undefined);
      for (const read of reads) if (!read.cancelled) read.flush(answerOf(read.request.urlWithParams)!);
      await look();
    }
  }

  async function show(): Promise<void> {
    fixture = TestBed.createComponent(OrderDesk);
    fixture.componentRef.setInput('node', NODE);
    page = fixture.nativeElement as HTMLElement;
    await answer();
  }

  const at = <T extends HTMLElement>(testId: string) => page.querySelector<T>(`[data-testid="${testId}"]`);

  async function type(testId: string, text: string): Promise<void> {
    at<HTMLInputElement>(testId)!.value = text;
    at(testId)!.dispatchEvent(new Event('input'));
    await look();
  }

  async function place(): Promise<TestRequest> {
    at('place-order')!.click();
    await settled();
    return http.expectOne((request) => request.method === 'POST' || request.method === 'PUT');
  }

  it('places what was typed, in whole units', async () => {
    await show();
    await type('order-cell-1-price', '18,5');
    await type('order-cell-1-kwh', '0.25');
    expect(at('place-order')!.textContent).toContain('Buy 0.25');
    const sent = await place();
    expect(sent.request.body).toEqual({
      auctionId: 'rtm-1',
      side: 'buy',
      curve: 'step',
      points: [{ period: 1, priceRpPerMwh: 18_500, quantityWh: 250 }],
    });
    orders = [{ ...ORDER, points: sent.request.body.points }];
    sent.flush(orders[0]!);
    await answer();
    expect(at('order-done')!.textContent).toContain('in the book');
    expect(at<HTMLButtonElement>('place-order')!.disabled).toBe(true);
  });

  it('sends the same ticket with the same key after the connection was lost', async () => {
    await show();
    await type('order-cell-0-price', '18');
    await type('order-cell-0-kwh', '1');
    const first = await place();
    first.error(new ProgressEvent('error'));
    await answer();
    expect(at('problem')!.textContent).toContain('No connection');
    expect(at<HTMLInputElement>('order-cell-0-kwh')!.value).toBe('1');
    const second = await place();
    const key = 'Idempotency-Key';
    expect(second.request.headers.get(key)).toBe(first.request.headers.get(key));
  });

  it('keeps what was typed when another tab changed the order, and sends it with the newer version', async () => {
    orders = [ORDER];
    await show();
    await type('order-cell-0-kwh', '0.75');
    const first = await place();
    expect(first.request.body.version).toBe(1);
    orders = [{ ...ORDER, version: 2, points: [{ period: 0, priceRpPerMwh: 20_000, quantityWh: 600 }] }];
    first.flush({ code: 'version-conflict' }, { status: 409, statusText: 'Conflict' });
    await answer();
    expect(at('problem')!.textContent).toContain('changed elsewhere');
    expect(at<HTMLInputElement>('order-cell-0-kwh')!.value).toBe('0.75');
    const second = await place();
    expect(second.request.body).toMatchObject({ version: 2, points: [{ quantityWh: 750 }] });
  });

  it('closes with the gate while someone types', async () => {
    now = '2026-11-22T09:59:59Z';
    await show();
    await type('order-cell-0-price', '18');
    expect(at('place-order')).not.toBeNull();
    vi.advanceTimersByTime(1500);
    auction = { ...AUCTION, state: 'closed' };
    await answer();
    expect(at('place-order')).toBeNull();
    expect(at('order-cell-0-price')).toBeNull();
    expect(at('auction-state')!.textContent).toMatch(/Not published yet|gate closed/);
  });

  it('shows beside the quarter hour what the server refused there', async () => {
    await show();
    await type('order-cell-0-price', '18');
    await type('order-cell-0-kwh', '1');
    await type('order-cell-1-price', '18');
    await type('order-cell-1-kwh', '90');
    const sent = await place();
    sent.flush(
      { code: 'capacity-exceeded', period: 1, capacityWh: 4300, freeWh: 1700, askedWh: 90_000 },
      { status: 422, statusText: 'Unprocessable' },
    );
    await answer();
    expect(page.querySelector('#fault-1')?.textContent).toMatch(/4\.3.*1\.7.*90/);
    expect(page.querySelector('#fault-0')).toBeNull();
  });

  it('shows the curves of the quarter hour that was chosen, also after looking again', async () => {
    orders = [ORDER];
    now = '2026-11-22T09:59:59Z';
    await show();
    at('cancel-order')!.click();
    await settled();
    http.expectOne((request) => request.method === 'DELETE').flush({ ...ORDER, state: 'cancelled' });
    [orders, auction] = [[], { ...AUCTION, state: 'published' }];
    await answer();
    const period = () => at<HTMLSelectElement>('curve-period')!;
    expect(period().value).toBe('0');
    period().value = '1';
    period().dispatchEvent(new Event('change'));
    await answer();
    // To undo after the gate is refused, and everything read again.
    document.querySelector<HTMLElement>('mat-snack-bar-container button')!.click();
    await settled();
    http
      .expectOne((request) => request.method === 'POST')
      .flush({ code: 'gate-closed' }, { status: 409, statusText: 'Conflict' });
    await answer();
    expect(period().value).toBe('1');
  });

  it('leaves a strategy’s order alone until one’s own is wanted', async () => {
    orders = [{ ...ORDER, source: 'strategy' }];
    await show();
    expect(at('place-order')).toBeNull();
    at('own-order')!.click();
    await answer();
    expect(at<HTMLInputElement>('order-cell-0-kwh')!.value).toBe('0.5');
    const sent = await place();
    expect(sent.request.method).toBe('POST');
  });
});
