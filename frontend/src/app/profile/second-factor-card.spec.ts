import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { User } from '../api/me-client';
import { Session } from '../auth/session';
import { provideEnglish, settled } from '../ui/testing';
import { SecondFactorCard } from './second-factor-card';

describe('SecondFactorCard', () => {
  let http: HttpTestingController;
  let fixture: ComponentFixture<SecondFactorCard>;

  beforeEach(async () => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting(), provideEnglish()] });
    http = TestBed.inject(HttpTestingController);
    TestBed.inject(Session).user.set({ secondFactor: true } as User);
    fixture = TestBed.createComponent(SecondFactorCard);
    await fixture.whenStable();
  });

  const at = <T extends HTMLElement>(testId: string) =>
    (fixture.nativeElement as HTMLElement).querySelector<T>(`[data-testid="factor-${testId}"]`)!;

  it('sends a code once, however often the button is pressed', async () => {
    at<HTMLInputElement>('end-password').value = 'secret';
    at<HTMLInputElement>('end-code').value = '123456';
    at('end-submit').click();
    await fixture.whenStable();
    at('end-submit').click();
    const request = http.expectOne('/api/me/second-factor/end');
    expect(request.request.body).toEqual({ password: 'secret', code: '123456' });
    request.flush({ code: 'wrong-code', detail: '' }, { status: 403, statusText: 'Forbidden' });
    await settled();
    await fixture.whenStable();
    expect(fixture.nativeElement.textContent).toContain('code is wrong');
    expect(at<HTMLButtonElement>('end-submit').disabled).toBe(false);
  });
});
