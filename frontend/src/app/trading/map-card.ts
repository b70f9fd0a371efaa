import { Component, inject } from '@angular/core';
import { NodesClient } from '../api/nodes-client';
import { Household } from '../auth/household';
import { Face } from '../ui/face';
import { TextPipe } from '../ui/text-pipe';
import { GridMap } from './grid-map';
import { LastDay } from './last-day';

/** Where I am in the grid, and my partners who share their place. */
@Component({
  selector: 'ceex-map-card',
  imports: [Face, GridMap, TextPipe],
  template: `
    <h2 id="map-title">{{ 'map.title' | transloco }}</h2>
    @if (map.hasValue()) {
      @defer (on viewport) {
        <ceex-grid-map [grid]="map.value()" [partners]="lastDay.partners()" />
      } @placeholder {
        <div class="place"></div>
      }
    } @else {
      <ceex-face class="place" [of]="map" [lines]="8" />
    }
  `,
  styles: `
    :host { display: grid; gap: 0.75rem; }
    .place { min-height: clamp(260px, 42vh, 420px); }
  `,
})
export class MapCard {
  protected readonly map = inject(NodesClient).mapOf(inject(Household).nodeId);
  protected readonly lastDay = inject(LastDay);
}
