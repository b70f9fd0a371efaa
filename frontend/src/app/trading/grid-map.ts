import {
  Component,
  DestroyRef,
  ElementRef,
  ViewEncapsulation,
  computed,
  effect,
  inject,
  input,
  viewChild,
} from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import type { LatLngTuple, LayerGroup, Map as LeafletMap } from 'leaflet';
import { CONFIG } from '../api/config';
import { GridMap as Grid } from '../api/nodes-client';
import { Partner } from '../api/trading-client';
import { formatEnergy } from '../ui/formats';
import { Language } from '../ui/language';
import { TextPipe } from '../ui/text-pipe';

type Leaflet = typeof import('leaflet');

/** The lines and buses of my grid, my home, and those partners who share their place; tiles only where configured. */
@Component({
  selector: 'ceex-grid-map',
  imports: [TextPipe],
  template: `
    <div class="ceex-map" #map role="group" [attr.aria-label]="summary()"></div>
    <p class="ceex-legend small">
      <span><i class="home"></i>{{ 'map.home' | transloco }}</span>
      <span><i class="partner"></i>{{ 'map.partner' | transloco }}</span>
      <span><i class="substation"></i>{{ 'map.substation' | transloco }}</span>
      <span><i class="line"></i>{{ 'map.line' | transloco }}</span>
    </p>
  `,
  styleUrl: './grid-map.scss',
  // Leaflet makes its own elements, which emulated styles would not reach.
  encapsulation: ViewEncapsulation.None,
})
export class GridMap {
  readonly grid = input.required<Grid>();
  readonly partners = input.required<readonly Partner[]>();

  private readonly config = inject(CONFIG);
  private readonly language = inject(Language);
  private readonly transloco = inject(TranslocoService);
  private readonly element = viewChild.required<ElementRef<HTMLElement>>('map');
  private leaflet?: Leaflet;
  private map?: LeafletMap;
  private drawn?: LayerGroup;
  private gone = false;

  private readonly placed = computed(() =>
    this.partners().filter((partner) => partner.lat !== null && partner.long !== null),
  );
  protected readonly summary = computed(() =>
    this.transloco.translate(
      'map.summary',
      { buses: this.grid().buses.length, lines: this.grid().lines.length, partners: this.placed().length },
      this.language.current(),
    ),
  );

  constructor() {
    effect(() => {
      const [grid, partners, element] = [this.grid(), this.placed(), this.element().nativeElement];
      this.language.current();
      void this.draw(element, grid, partners);
    });
    inject(DestroyRef).onDestroy(() => {
      this.gone = true;
      this.map?.remove();
    });
  }

  private async draw(element: HTMLElement, grid: Grid, partners: readonly Partner[]): Promise<void> {
    this.leaflet ??= await import('leaflet').then((module) => module.default ?? module);
    if (this.gone) return;
    this.map ??= this.open(this.leaflet, element, grid);
    this.drawn?.remove();
    this.drawn = this.leaflet.layerGroup().addTo(this.map);
    drawGrid(this.leaflet, this.drawn, grid);
    this.drawPartners(this.leaflet, this.drawn, grid, partners);
  }

  private open(leaflet: Leaflet, element: HTMLElement, grid: Grid): LeafletMap {
    const map = leaflet.map(element, { attributionControl: !!this.config.mapTilesUrl, zoomSnap: 0.25 });
    map.attributionControl?.setPrefix(false);
    if (this.config.mapTilesUrl) {
      leaflet
        .tileLayer(this.config.mapTilesUrl, { attribution: this.config.mapTilesAttribution ?? undefined, maxZoom: 19 })
        .addTo(map);
    }
    map.fitBounds(leaflet.latLngBounds(grid.buses.map((bus): LatLngTuple => [bus.lat, bus.long])), { padding: [16, 16] });
    // A page that scrolls under the finger must not be caught by the map.
    map.scrollWheelZoom.disable();
    return map;
  }

  private drawPartners(leaflet: Leaflet, layer: LayerGroup, grid: Grid, partners: readonly Partner[]): void {
    const home = grid.buses.find((bus) => bus.name === grid.home);
    for (const partner of partners) {
      const at: LatLngTuple = [partner.lat ?? 0, partner.long ?? 0];
      if (home) {
        leaflet.polyline([at, [home.lat, home.long]], { className: 'ceex-flow', interactive: false }).addTo(layer);
      }
      const name = partner.name ?? this.transloco.translate('partners.neighbour');
      const text = document.createElement('span');
      text.textContent = `${name} · ${formatEnergy(partner.energyWh, this.language.current())}`;
      leaflet.circleMarker(at, { radius: 8, className: 'ceex-partner' }).bindTooltip(text).addTo(layer);
    }
    if (home) leaflet.circleMarker([home.lat, home.long], { radius: 10, className: 'ceex-home' }).addTo(layer);
  }
}

function drawGrid(leaflet: Leaflet, layer: LayerGroup, grid: Grid): void {
  const at = new Map(grid.buses.map((bus) => [bus.name, [bus.lat, bus.long] as LatLngTuple]));
  for (const line of grid.lines) {
    const [from, to] = [at.get(line.from), at.get(line.to)];
    if (from && to) leaflet.polyline([from, to], { className: 'ceex-line', interactive: false }).addTo(layer);
  }
  for (const bus of grid.buses) {
    if (bus.kind === 'junction') continue;
    const substation = bus.kind === 'substation';
    leaflet
      .circleMarker([bus.lat, bus.long], {
        radius: substation ? 7 : 3,
        className: substation ? 'ceex-substation' : 'ceex-bus',
        interactive: false,
      })
      .addTo(layer);
  }
}
