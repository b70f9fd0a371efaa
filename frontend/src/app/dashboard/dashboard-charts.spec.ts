import { ComponentFixture, DeferBlockState, TestBed } from '@angular/core/testing';
import { Metrics } from '../api/metrics-client';
import { Chart } from '../ui/chart';
import { provideEnglish } from '../ui/testing';
import { DashboardCharts } from './dashboard-charts';
import { Point, View } from './points';

const FIGURES = {
  averagePriceRpPerMwh: 18_000,
  totalWh: 100_000,
  costUrp: 1_800_000_000,
  marketPrices: [12_000, 14_000, 22_000].map((priceRpPerMwh) => ({ at: 0, priceRpPerMwh })),
} as Metrics;

function pointAt(label: string, marketPriceRpPerMwh: number, communityWh: number): Point {
  const [networkWh, costUrp, myPriceRpPerMwh] = [0, 1_000, 20_000];
  return { label, mark: 'final', communityWh, networkWh, costUrp, myPriceRpPerMwh, marketPriceRpPerMwh, moreWh: 1, lessWh: 1 };
}

const DAYS = [pointAt('30.11.', 12_000, 1), pointAt('1.12.', 14_000, 2), pointAt('2.12.', 22_000, 3)];
const MONTHS = [pointAt('November', 12_000, 1), pointAt('December', 18_000, 5)];

describe('DashboardCharts', () => {
  let fixture: ComponentFixture<DashboardCharts>;

  beforeEach(() => {
    vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
    TestBed.configureTestingModule({ providers: [provideEnglish()] });
    TestBed.overrideComponent(Chart, { set: { imports: [], template: '<p>{{ caption() }}</p>' } });
    fixture = TestBed.createComponent(DashboardCharts);
    const imbalance = { moreWh: 2_000, lessWh: 1_000, costUrp: 50_000_000 };
    for (const [name, value] of Object.entries({ side: 'consumer', figures: FIGURES, share: 0.4, imbalance })) {
      fixture.componentRef.setInput(name, value);
    }
  });

  afterEach(() => vi.unstubAllGlobals());

  async function captions(view: View, points: readonly Point[]): Promise<string[]> {
    fixture.componentRef.setInput('view', view);
    fixture.componentRef.setInput('points', points);
    await fixture.whenStable();
    for (const block of await fixture.getDeferBlocks()) await block.render(DeferBlockState.Complete);
    const page = fixture.nativeElement as HTMLElement;
    return [...page.querySelectorAll('ceex-chart p')].map((each) => each.textContent.replaceAll('\u00a0', ' '));
  }

  it('says of the whole span what the tiles say, however fine the view', async () => {
    const said = await captions('day', DAYS);
    expect(said).toEqual([
      'On average you paid 18.00 Rp./kWh; the market’s mean was 16.00 Rp./kWh.',
      '100 kWh for CHF 18.00, 40 % of it from the community.',
      'The meter counted 2 kWh more and 1 kWh less than scheduled; that cost CHF 0.50.',
    ]);
    expect(await captions('month', MONTHS)).toEqual(said);
  });

  it('says nothing of differences to the schedule that were not read', async () => {
    fixture.componentRef.setInput('imbalance', undefined);
    expect((await captions('day', DAYS))[2]).toBe('');
  });
});
