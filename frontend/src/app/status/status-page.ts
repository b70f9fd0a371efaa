import { Component, computed, inject } from '@angular/core';
import { End, StatusClient } from '../api/status-client';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { Icon, IconName } from '../ui/icon';
import { lookAgain } from '../ui/look-again';
import { TextPipe } from '../ui/text-pipe';
import { TimePipe } from '../ui/time-pipe';

const LOOK_AGAIN_MS = 10_000;
const ICONS: Record<End, IconName> = { 'as-planned': 'check', 'lower-rung': 'partly', cancelled: 'close', waiting: 'clock' };

/** How the exchange is doing: the auctions of 48 hours, what is out of bounds, how fresh the data are. */
@Component({
  selector: 'ceex-status-page',
  imports: [Empty, Face, Icon, TextPipe, TimePipe],
  templateUrl: './status-page.html',
  styleUrl: './status-page.scss',
})
export class StatusPage {
  protected readonly status = inject(StatusClient).read();
  protected readonly icons = ICONS;
  protected readonly ends = Object.keys(ICONS) as End[];
  protected readonly verdict = computed(() => {
    if (!this.status.hasValue()) return undefined;
    const { halts, incidents, auctioneers } = this.status.value();
    if (halts.length > 0) return 'halted';
    if (auctioneers === 0) return 'silent';
    return incidents.length > 0 ? 'incidents' : 'well';
  });
  protected readonly count = (end: End) =>
    this.status.hasValue() ? this.status.value().auctions.filter((cell) => cell.end === end).length : 0;

  constructor() {
    lookAgain(() => this.status.reload(), LOOK_AGAIN_MS);
  }
}
