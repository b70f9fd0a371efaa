import { Component, computed, inject, input } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { Notification } from '../api/notifications-client';
import { formatEnergy, formatMoney } from './formats';
import { Language } from './language';
import { formatTime } from './market-time';

const CURTAILED = 'schedule-curtailed';
const ASIDE = 'order-quarantined';
const PAUSED = 'intake-paused';
const KNOWN = ['auction-published', 'auction-cancelled', CURTAILED, ASIDE];

/** A notification as sentences in the person's language, from its kind and parameters. */
@Component({
  selector: 'ceex-notification-text',
  template: `<strong>{{ title() }}</strong>
    @if (body(); as said) {
      <span>{{ said }}</span>
    }`,
  styles: `
    :host { display: grid; gap: 0.125rem; }
  `,
})
export class NotificationText {
  readonly of = input.required<Notification>();
  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);

  protected readonly title = computed(() => {
    const { kind, params } = this.of();
    if (kind === PAUSED) return this.text('notification.intake-paused', { when: this.time(params['endsAt'], 'dateTime') });
    return this.text(KNOWN.includes(kind) ? `notification.${kind}-${this.market()}` : 'notification.other', {
      when: this.when(params),
    });
  });

  protected readonly body = computed(() => {
    const { kind, params } = this.of();
    if (kind === 'auction-cancelled') return this.text('notification.cancelled-means');
    if (kind === CURTAILED) return this.curtailed(params);
    if (kind === PAUSED) return [params['reason'], this.text('notification.paused-means')].filter(Boolean).join(' ');
    if (kind === ASIDE) return this.text('notification.quarantined-means');
    if (kind !== 'auction-published') return '';
    const lang = this.language.current();
    const [bought, sold] = [totalOf(params, 'boughtWh'), totalOf(params, 'soldWh')];
    const parts = [];
    if (bought > 0) parts.push(this.text('notification.bought', { energy: formatEnergy(bought, lang) }));
    if (sold > 0) parts.push(this.text('notification.sold', { energy: formatEnergy(sold, lang) }));
    if (parts.length === 0) return this.text('notification.nothing');
    const amount = totalOf(params, 'amountUrp');
    if (amount !== 0) parts.push(formatMoney(Math.abs(amount), lang));
    return parts.join(' · ');
  });

  /** What may not flow, what that does to the money, and the grid operator's own words. */
  private curtailed(params: Record<string, unknown>): string {
    const lang = this.language.current();
    const [bought, sold] = [totalOf(params, 'boughtWh'), totalOf(params, 'soldWh')];
    const amount = formatMoney(Math.abs(totalOf(params, 'amountUrp')), lang);
    const energy = formatEnergy(Math.max(bought, sold), lang);
    const said = this.text(bought >= sold ? 'notification.curtailed-bought' : 'notification.curtailed-sold', { energy, amount });
    return [said, params['reason']].filter(Boolean).join(' ');
  }

  private market(): 'dam' | 'rtm' {
    return this.of().params['marketId'] === 'rtm' ? 'rtm' : 'dam';
  }

  private when(params: Record<string, unknown>): string {
    return this.time(params['deliveryStartsAt'], this.market() === 'dam' ? 'weekday' : 'dateTime');
  }

  private time(instant: unknown, form: 'weekday' | 'dateTime'): string {
    return typeof instant === 'string' ? formatTime(instant, this.language.current(), form) : '';
  }

  private text(key: string, params: Record<string, unknown> = {}): string {
    return this.transloco.translate(key, params, this.language.current());
  }
}

/** A figure of an event, over all of the person's nodes that it speaks of. */
function totalOf(params: Record<string, unknown>, name: string): number {
  const nodes = Array.isArray(params['nodes']) ? (params['nodes'] as Record<string, unknown>[]) : [];
  return nodes.reduce((sum, node) => sum + numberOf(node[name]), 0);
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
