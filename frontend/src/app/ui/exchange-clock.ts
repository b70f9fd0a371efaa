import { DestroyRef, Injectable, computed, inject, signal } from '@angular/core';
import { firstValueFrom } from 'rxjs';
import { Clock, ClockClient, Gate } from '../api/clock-client';
import { MarketId } from '../api/markets-client';

const TICK_MS = 1000;
const SYNCHRONISE_MS = 60_000;

/** A reading of the exchange's clock, and of ours at that moment. */
export interface Reading {
  exchangeMs: number;
  localMs: number;
  speed: number;
}

/** The exchange's time now, from the last reading. */
export function exchangeTime(reading: Reading, localMs: number): number {
  return reading.exchangeMs + (localMs - reading.localMs) * reading.speed;
}

/**
 * The server's clock on the page: gates close by it, not by the browser's.
 *
 * It ticks once a second between readings, is read anew every minute and whenever a gate has closed.
 */
@Injectable({ providedIn: 'root' })
export class ExchangeClock {
  private readonly client = inject(ClockClient);
  private readonly reading = signal<Reading | undefined>(undefined);
  private readonly gates = signal<Gate[]>([]);
  private readonly local = signal(performance.now());
  private users = 0;
  private reads = 0;
  private timer?: ReturnType<typeof setInterval>;
  private pending = false;

  /** Milliseconds since the epoch by the exchange's clock; undefined until it was read once. */
  readonly now = computed(() => {
    const reading = this.reading();
    return reading && exchangeTime(reading, Math.max(this.local(), reading.localMs));
  });
  readonly speed = computed(() => this.reading()?.speed ?? 1);
  readonly failed = signal(false);

  /** Runs the clock for as long as the caller lives. */
  runFor(caller: DestroyRef): void {
    if (this.users++ === 0) this.start();
    caller.onDestroy(() => {
      if (--this.users === 0) clearInterval(this.timer);
    });
  }

  /** The next gate of a market that has not closed yet. */
  nextGate(market: MarketId): Gate | undefined {
    const now = this.now();
    if (now === undefined) return undefined;
    return this.gates()
      .filter((gate) => gate.marketId === market && Date.parse(gate.gateClosesAt) > now)
      .sort((a, b) => a.gateClosesAt.localeCompare(b.gateClosesAt))[0];
  }

  private start(): void {
    void this.synchronise();
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  private tick(): void {
    this.local.set(performance.now());
    const read = this.reading();
    const old = !read || this.local() - read.localMs > SYNCHRONISE_MS;
    const closed = this.gates().some((gate) => Date.parse(gate.gateClosesAt) <= (this.now() ?? 0));
    // A server that lags behind its own gate is asked every few seconds, not every second.
    if (old || (closed && this.reads++ % 3 === 0)) void this.synchronise();
  }

  private async synchronise(): Promise<void> {
    if (this.pending) return;
    this.pending = true;
    const asked = performance.now();
    try {
      this.take(await firstValueFrom(this.client.read()), asked);
    } catch {
      // The page goes on counting from the last reading; it says so where there is none.
      this.failed.set(this.reading() === undefined);
    } finally {
      this.pending = false;
    }
  }

  private take(clock: Clock, asked: number): void {
    const answered = performance.now();
    // The server wrote its time about half-way through the round trip.
    this.reading.set({ exchangeMs: Date.parse(clock.now), localMs: (asked + answered) / 2, speed: clock.speed });
    this.local.set(answered);
    this.gates.set(clock.nextGates);
    this.failed.set(false);
  }
}
