import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { User } from '../api/me-client';
import { provideEnglish, settled } from '../ui/testing';
import { LogInAgain } from './log-in-again';
import { LogInAgainDialog } from './log-in-again-dialog';
import { Session } from './session';

const ADA: User = {
  userId: '1',
  email: 'ada@ceex.example',
  role: 'household',
  language: 'en',
  secondFactor: false,
  pairings: [],
};

describe('LogInAgainDialog', () => {
  let http: HttpTestingController;
  let fixture: ComponentFixture<LogInAgainDialog>;

  beforeEach(async () => {
    // What the test's page has none of.
    HTMLDialogElement.prototype.showModal ??= vi.fn();
    TestBed.configureTestingModule({
      providers: [provideRouter([]), provideHttpClient(), provideHttpClientTesting(), provideEnglish()],
    });
    http = TestBed.inject(HttpTestingController);
    TestBed.inject(Session).user.set(ADA);
    void TestBed.inject(LogInAgain).ask();
    fixture = TestBed.createComponent(LogInAgainDialog);
    await fixture.whenStable();
  });

  const at = (testId: string) =>
    (fixture.nativeElement as HTMLElement).querySelector<HTMLInputElement>(`[data-testid="again-${testId}"]`);

  it('asks for the code of a second factor that was turned on elsewhere', async () => {
    at('password')!.value = 'secret';
    expect(at('code')).toBeNull();
    at('submit')!.click();
    http
      .expectOne('/api/auth/login')
      .flush({ code: 'code-needed', detail: '' }, { status: 401, statusText: 'Unauthorized' });
    await settled();
    await fixture.whenStable();

    at('code')!.value = '123456';
    at('submit')!.click();
    const request = http.expectOne('/api/auth/login');
    expect(request.request.body).toMatchObject({ password: 'secret', code: '123456' });
    request.flush({ accessToken: 'second', expiresIn: 300, user: { ...ADA, secondFactor: true } });
    await settled();
    await fixture.whenStable();
    expect(TestBed.inject(LogInAgain).asking()).toBe(false);
  });
});
