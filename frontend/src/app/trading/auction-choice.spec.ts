import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { settled } from '../ui/testing';
import { AuctionChoice } from './auction-choice';

describe('AuctionChoice', () => {
  it('finds an auction of long ago that a link asked for', async () => {
    const providers = [provideHttpClient(), provideHttpClientTesting(), AuctionChoice];
    TestBed.configureTestingModule({ providers });
    const http = TestBed.inject(HttpTestingController);
    const choice = TestBed.inject(AuctionChoice);
    choice.open('dam-2026-03-10');
    TestBed.tick();
    const asked = http.expectOne('/api/trading/auctions?market=dam&from=2026-03-03&to=2026-03-18');
    const items = ['09', '10', '11'].map((day) => ({
      auctionId: `dam-2026-03-${day}`,
      deliveryDay: `2026-03-${day}`,
      deliveryStartsAt: `2026-03-${day}T00:00:00Z`,
    }));
    asked.flush({ items });
    await settled();
    expect(choice.chosenId()).toBe('dam-2026-03-10');
    choice.pick('dam-2026-03-11');
    expect(choice.chosenId()).toBe('dam-2026-03-11');
  });
});
