import { Component, DestroyRef, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatSnackBar } from '@angular/material/snack-bar';
import { TranslocoService } from '@jsverse/transloco';
import { AccountsClient } from '../api/accounts-client';
import { AuctionsClient, PeriodPrice } from '../api/auctions-client';
import { MarketsClient } from '../api/markets-client';
import { Node } from '../api/nodes-client';
import { Order, OrderPoint, OrdersClient } from '../api/orders-client';
import { Problem } from '../api/problem';
import { ResultsClient } from '../api/results-client';
import { Empty } from '../ui/empty';
import { EnergyPipe } from '../ui/energy-pipe';
import { ExchangeClock } from '../ui/exchange-clock';
import { Explain } from '../ui/explain';
import { Face } from '../ui/face';
import { answerOf } from '../ui/form-answer';
import { localeOf } from '../ui/formats';
import { Icon } from '../ui/icon';
import { Language } from '../ui/language';
import { periodLabels } from '../ui/market-time';
import { MoneyPipe } from '../ui/money-pipe';
import { PricePipe } from '../ui/price-pipe';
import { ProblemNotice } from '../ui/problem-notice';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';
import { Unread } from '../ui/unread';
import { AuctionChooser } from './auction-chooser';
import { AuctionChoice } from './auction-choice';
import { CurveCard } from './curve-card';
import { OrderDraft } from './order-draft';
import { OrderGrid } from './order-grid';
import { OrderTools } from './order-tools';
import { firstOrder, isCurve, isOver, pointOf, takesOrders } from './order-pick';
import { PartnerList } from './partner-list';
import { Ticket } from './ticket';

const POLL_MS = 3000;
const UNDO_MS = 10_000;

/** My orders of one auction: enter, change and cancel them until the gate closes; then see what became of them. */
@Component({
  selector: 'ceex-order-desk',
  imports: [
    AuctionChooser,
    CurveCard,
    Empty,
    EnergyPipe,
    Face,
    Icon,
    MatButton,
    MoneyPipe,
    OrderGrid,
    OrderTools,
    PartnerList,
    PricePipe,
    ProblemNotice,
    TextPipe,
    TimePipe,
  ],
  providers: [AuctionChoice],
  templateUrl: './order-desk.html',
  styleUrl: './order-desk.scss',
})
export class OrderDesk {
  readonly node = input.required<Node>();
  /** The auction to start with. */
  readonly auctionId = input<string>();

  private readonly clock = inject(ExchangeClock);
  private readonly explain = inject(Explain);
  private readonly language = inject(Language);
  private readonly ordersClient = inject(OrdersClient);
  private readonly toast = inject(MatSnackBar);
  private readonly transloco = inject(TranslocoService);
  private readonly unread = inject(Unread);
  private readonly auctionsClient = inject(AuctionsClient);
  private readonly nodeId = computed(() => this.node().nodeId);

  protected readonly choice = inject(AuctionChoice);
  private readonly chosenId = this.choice.chosenId;
  protected readonly auction = this.auctionsClient.of(this.chosenId);
  protected readonly rulesRead = inject(MarketsClient).all();
  protected readonly account = inject(AccountsClient).of(this.nodeId);
  protected readonly orders = this.ordersClient.of(this.nodeId, this.chosenId);
  private readonly publishedId = computed(() => {
    const auction = this.auction.hasValue() ? this.auction.value() : undefined;
    return auction && (auction.state === 'published' || auction.state === 'settled') ? auction.auctionId : undefined;
  });
  protected readonly results = inject(ResultsClient).of(this.nodeId, this.publishedId);
  private readonly prices = this.auctionsClient.pricesOf(this.publishedId, this.nodeId);
  /** The prices of the auction at my meter: those of my bus, and to withdraw the use of the grid on top. */
  protected readonly meterPrices = computed<PeriodPrice[]>(() => {
    const items = this.prices.hasValue() ? this.prices.value().items : [];
    const fee = this.side() === 'buy' ? this.node().withdrawalFeeRpPerMwh : 0;
    return items.map((item) => ({ ...item, priceRpPerMwh: item.priceRpPerMwh + fee }));
  });

  protected readonly rules = computed(() =>
    this.rulesRead.hasValue() ? this.rulesRead.value().items.find((item) => item.marketId === this.choice.market()) : undefined,
  );
  /** The same array until another auction is shown, however often it is read again. */
  protected readonly starts = computed(() => (this.auction.hasValue() ? this.auction.value().periodStarts : undefined), {
    equal: (a, b) => a?.join() === b?.join(),
  });
  protected readonly draft = computed(() => {
    const [starts, rules] = [this.starts(), this.rules()];
    if (!starts || !rules) return undefined;
    return new OrderDraft(starts, periodLabels(starts), rules, localeOf(untracked(this.language.current)));
  });

  protected readonly shown = computed(() => (this.orders.hasValue() ? this.orders.value().items : []));
  /** Which order the person wants to see; `new` starts one beside what the strategy placed. */
  protected readonly picked = signal<string | undefined>(undefined);
  protected readonly order = computed(() => {
    if (this.picked() === 'new') return undefined;
    return this.shown().find((order) => order.orderId === this.picked()) ?? firstOrder(this.shown());
  });
  protected readonly takesOrders = computed(() => {
    const auction = this.auction.hasValue() ? this.auction.value() : undefined;
    return !!auction && takesOrders(auction, this.clock.now() ?? Date.parse(auction.gateOpensAt));
  });
  protected readonly mine = computed(() => {
    const order = this.order();
    return !order || (order.source === 'household' && order.state === 'open' && !order.block);
  });
  protected readonly editable = computed(() => this.takesOrders() && this.mine() && !isCurve(this.order()));
  protected readonly isCurve = computed(() => isCurve(this.order()));
  protected readonly side = computed(() => (this.node().side === 'consumer' ? 'buy' : 'sell'));
  protected readonly lines = computed(() => {
    if (!this.results.hasValue()) return [];
    const items = this.results.value().items;
    const item = items.find((each) => each.orderId === this.order()?.orderId) ?? items[0];
    return item?.periods.map((period) => ({ ...period, block: item.block })) ?? [];
  });
  /** What is paid for what was bought, or earned with what was sold: both as people say it, without a sign. */
  protected readonly resultUrp = computed(() => {
    const items = this.results.hasValue() ? this.results.value().items : [];
    const gained = items.reduce((sum, item) => sum + item.amountUrp, 0);
    return this.side() === 'buy' ? -gained : gained;
  });
  protected readonly beyondFree = computed(() => {
    const [draft, account] = [this.draft(), this.account.hasValue() ? this.account.value() : undefined];
    if (!draft || !account || account.freeUrp === null || this.side() === 'sell') return false;
    return draft.amountUrp() > account.freeUrp + (this.order()?.heldUrp ?? 0);
  });

  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly refusals = signal<ReadonlyMap<number, string>>(new Map());
  protected readonly done = signal<'placed' | 'replaced' | undefined>(undefined);
  private readonly ticket = new Ticket();
  private loaded?: { draft: OrderDraft; orderId?: string; version?: number };
  private polledMs = 0;

  constructor() {
    this.clock.runFor(inject(DestroyRef));
    effect(() => {
      const wanted = this.auctionId();
      if (wanted) untracked(() => this.choice.open(wanted));
    });
    effect(() => {
      const [draft, order, ready] = [this.draft(), this.order(), this.orders.hasValue()];
      if (draft && ready) untracked(() => this.show(draft, order));
    });
    effect(() => {
      if (this.clock.now() !== undefined) untracked(() => this.poll());
    });
    // A result comes with a notification.
    effect(() => {
      if (this.publishedId()) untracked(() => this.unread.look());
    });
  }

  /** Another auction: what was said about the last one is over. */
  protected leave(): void {
    this.picked.set(undefined);
    this.problem.set(undefined);
    this.refusals.set(new Map());
    this.done.set(undefined);
  }

  /** Starts an order of one's own from what the strategy placed. */
  protected takeOver(): void {
    const points = this.order()?.points ?? [];
    this.picked.set('new');
    const draft = this.draft();
    if (!draft) return;
    draft.load(points);
    draft.rebase([]);
    this.loaded = { draft };
  }

  protected async place(): Promise<void> {
    const [draft, order] = [this.draft(), this.order()];
    if (!draft || this.busy()) return;
    const points = draft.points();
    const answer = await this.send(
      order
        ? this.ordersClient.replace(this.nodeId(), order, points)
        : this.ordersClient.place(this.nodeId(), this.body(points), this.ticket.keyFor(this.body(points))),
      points,
    );
    if (!answer) return;
    draft.rebase(points);
    this.ticket.used();
    this.done.set(order ? 'replaced' : 'placed');
    this.picked.set(answer.orderId);
    this.loaded = { draft, orderId: answer.orderId, version: answer.version };
    this.refresh();
    if (order) this.offerUndo('orders.replaced', () => this.ordersClient.replace(this.nodeId(), answer, order.points));
  }

  protected async cancel(order: Order): Promise<void> {
    const cancelled = await this.send(this.ordersClient.cancel(this.nodeId(), order.orderId), []);
    if (!cancelled) return;
    this.picked.set(undefined);
    this.refresh();
    const [body, key] = [{ auctionId: order.auctionId, side: order.side, points: order.points }, crypto.randomUUID()];
    this.offerUndo('orders.cancelled', () => this.ordersClient.place(this.nodeId(), body, key));
  }

  /** Offers for a while to take a deed back; after the gate the server refuses that, and the page says so. */
  private offerUndo(said: string, undo: () => ReturnType<OrdersClient['cancel']>): void {
    const bar = this.toast.open(this.transloco.translate(said), this.transloco.translate('orders.undo'), {
      duration: UNDO_MS,
    });
    bar.onAction().subscribe(() => void this.send(undo(), []).then((order) => order && this.refresh()));
  }

  private async send(request: ReturnType<OrdersClient['cancel']>, points: OrderPoint[]): Promise<Order | undefined> {
    this.busy.set(true);
    this.problem.set(undefined);
    this.refusals.set(new Map());
    this.done.set(undefined);
    const answer = await answerOf(request);
    this.busy.set(false);
    if ('value' in answer) return answer.value;
    this.refuse(answer.problem, points);
    return undefined;
  }

  /** Says beside each quarter hour what the server refused, and looks again where the order has moved on. */
  private refuse(problem: Problem, points: OrderPoint[]): void {
    const texts = problem.errors.flatMap((error): [number, string][] => {
      const period = points[pointOf(error.field) ?? -1]?.period;
      return period === undefined ? [] : [[period, this.explain.field(error)]];
    });
    // Some rules name the quarter hour itself, such as the connection's capacity.
    const period = problem.params['period'];
    if (typeof period === 'number') texts.push([period, this.explain.problem(problem)]);
    this.refusals.set(new Map(texts));
    this.problem.set(problem);
    if (problem.status === 409 || problem.status === 404) this.refresh();
  }

  private body(points: OrderPoint[]) {
    return { auctionId: this.chosenId() ?? '', side: this.side(), points } as const;
  }

  private show(draft: OrderDraft, order: Order | undefined): void {
    const before = this.loaded;
    const same = before?.draft === draft && before.orderId === order?.orderId;
    if (same && before.version === order?.version) return;
    // The same order in a newer version, changed elsewhere: what is being typed stays.
    if (same && draft.changed()) draft.rebase(order?.points ?? []);
    else draft.load(order?.points ?? []);
    this.loaded = { draft, orderId: order?.orderId, version: order?.version };
  }

  /** After the gate, looks every few seconds until the auction is over. */
  private poll(): void {
    const auction = this.auction.hasValue() ? this.auction.value() : undefined;
    if (!auction || isOver(auction) || this.auction.isLoading()) return;
    const waiting = (this.clock.now() ?? 0) >= Date.parse(auction.gateClosesAt);
    if (!waiting || performance.now() - this.polledMs < POLL_MS) return;
    this.polledMs = performance.now();
    this.refresh();
  }

  private refresh(): void {
    this.choice.read.reload();
    this.auction.reload();
    this.orders.reload();
    this.account.reload();
  }
}
