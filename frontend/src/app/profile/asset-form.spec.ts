import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Node } from '../api/nodes-client';
import { provideEnglish } from '../ui/testing';
import { AssetForm } from './asset-form';

describe('AssetForm', () => {
  it('says how many decimals a figure may have', async () => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting(), provideEnglish()] });
    const fixture = TestBed.createComponent(AssetForm);
    fixture.componentRef.setInput('node', { nodeId: 'n1', side: 'producer' } as Node);
    await fixture.whenStable();
    const page = fixture.nativeElement as HTMLElement;
    for (const [field, text] of [['name', 'Barn'], ['power', '3.1234'], ['tilt', '30.5']] as const) {
      const input = page.querySelector<HTMLInputElement>(`[data-testid="asset-${field}"]`)!;
      input.value = text;
      input.dispatchEvent(new Event('input'));
    }
    page.querySelector<HTMLButtonElement>('[data-testid="asset-save"]')!.click();
    await fixture.whenStable();
    expect(page.querySelector('#asset-fault-power')?.textContent).toBe('At most 3 decimals.');
    expect(page.querySelector('#asset-fault-tilt')?.textContent).toBe('At most 0 decimals.');
  });
});
