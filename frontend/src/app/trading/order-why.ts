import { Component, inject, input } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { OrderSide } from '../api/orders-client';
import { PeriodResult } from '../api/results-client';
import { formatEnergy, formatPrice } from '../ui/formats';
import { Lang, Language } from '../ui/language';

/** Says why an order got what it got in one quarter hour: limit against price, share, full line, what was enough, what was curtailed. */
@Component({ selector: 'ceex-order-why', template: '{{ sentence() }}' })
export class OrderWhy {
  readonly result = input.required<PeriodResult>();
  readonly side = input.required<OrderSide>();
  readonly because = input<string | null>(null);

  private readonly transloco = inject(TranslocoService);
  private readonly language = inject(Language);

  /** Not computed: the texts may be loaded after the language was chosen. */
  protected sentence(): string {
    const params = { ...paramsOf(this.result(), this.language.current()), because: this.because() ?? '' };
    return this.keys()
      .map((key) => this.transloco.translate<string>(key, params))
      .join(' ');
  }

  private keys(): string[] {
    return this.result().curtailedWh > 0 ? [...this.decided(), 'why.curtailed'] : this.decided();
  }

  private decided(): string[] {
    const block = this.result().block;
    if (block) return ['why.block', `why.block-${block.code}`];
    const { code, acceptedWh, orderedWh, enoughRpPerMwh } = this.result();
    const partly = acceptedWh > 0 && acceptedWh < orderedWh && code !== 'at-the-margin';
    return [
      ...(partly ? ['why.part'] : []),
      `why.${code}-${this.side()}`,
      ...(enoughRpPerMwh === null ? [] : ['why.enough']),
    ];
  }
}

function paramsOf(result: PeriodResult, lang: Lang): Record<string, string> {
  return {
    price: formatPrice(result.meterPriceRpPerMwh, lang),
    limit: formatPrice(result.limitRpPerMwh, lang),
    out: formatPrice(result.outByRpPerMwh, lang),
    enough: formatPrice(result.enoughRpPerMwh ?? 0, lang),
    beyond: formatPrice(result.line?.priceBeyondRpPerMwh ?? 0, lang),
    from: result.line?.fromBus ?? '',
    to: result.line?.toBus ?? '',
    accepted: formatEnergy(result.acceptedWh, lang),
    ordered: formatEnergy(result.orderedWh, lang),
    cut: formatEnergy(result.curtailedWh, lang),
    share: formatEnergy(result.atMarginAcceptedWh, lang),
    margin: formatEnergy(result.atMarginWh, lang),
    average: formatPrice(result.block?.averageRpPerMwh ?? 0, lang),
    ratio: new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 1 }).format(
      (result.block?.ratioPermille ?? 0) / 1000,
    ),
  };
}
