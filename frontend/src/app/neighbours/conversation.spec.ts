import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { Message, Neighbour } from '../api/neighbours-client';
import { provideEnglish, settled } from '../ui/testing';
import { Conversation } from './conversation';

const BO: Neighbour = { neighbourId: 'bo', name: 'Bo', picture: null, unread: 0, blocked: false };
const DOOR = '/api/neighbours/bo/messages';

function message(messageId: string, mine: boolean): Message {
  return { messageId, mine, text: `Text of ${messageId}`, at: '2026-11-23T08:00:00Z', reported: false };
}

describe('Conversation', () => {
  let http: HttpTestingController;
  let fixture: ComponentFixture<Conversation>;

  beforeEach(async () => {
    TestBed.configureTestingModule({
      providers: [provideRouter([]), provideHttpClient(), provideHttpClientTesting(), provideEnglish()],
    });
    http = TestBed.inject(HttpTestingController);
    fixture = TestBed.createComponent(Conversation);
    fixture.componentRef.setInput('neighbour', BO);
    await asked();
    await answer(message('m1', false), message('m2', true));
  });

  async function shown(): Promise<void> {
    await settled();
    await fixture.whenStable();
  }

  /** Until the messages are asked for anew: nothing is stable before they come. */
  async function asked(): Promise<void> {
    await settled();
    TestBed.tick();
  }

  async function answer(...items: Message[]): Promise<void> {
    http.expectOne({ method: 'GET', url: DOOR }).flush({ items });
    await shown();
  }

  const page = () => fixture.nativeElement as HTMLElement;
  const at = <T extends HTMLElement>(testId: string) => page().querySelector<T>(`[data-testid="${testId}"]`)!;

  async function write(testId: string, text: string): Promise<void> {
    const field = at<HTMLInputElement>(testId);
    field.value = text;
    field.dispatchEvent(new Event('input'));
    await fixture.whenStable();
  }

  it('offers to report what the neighbour wrote, never what I wrote', () => {
    expect(page().querySelectorAll('[data-testid="message"]').length).toBe(2);
    expect(page().querySelectorAll('[data-testid="report"]').length).toBe(1);
    expect(page().querySelector('article:not(.mine) [data-testid="report"]')).not.toBeNull();
  });

  it('sends nothing that is empty', async () => {
    await write('message-text', '   ');
    expect(at<HTMLButtonElement>('message-send').disabled).toBe(true);
  });

  it('keeps the text and its id when it could not be sent, so that it arrives once', async () => {
    await write('message-text', ' Good morning ');
    at('message-send').click();
    const first = http.expectOne({ method: 'POST', url: DOOR });
    expect(first.request.body).toMatchObject({ text: 'Good morning' });
    first.flush(null, { status: 503, statusText: 'Service Unavailable' });
    await shown();
    expect(at<HTMLTextAreaElement>('message-text').value).toContain('Good morning');

    at('message-send').click();
    const second = http.expectOne({ method: 'POST', url: DOOR });
    expect(second.request.body).toEqual(first.request.body);
    second.flush(message('m3', true));
    await asked();
    await answer(message('m1', false), message('m2', true), message('m3', true));
    expect(at<HTMLTextAreaElement>('message-text').value).toBe('');
    expect(page().textContent).toContain('Text of m3');
  });

  it('gives another text another id', async () => {
    const ids: unknown[] = [];
    for (const text of ['One', 'Two']) {
      await write('message-text', text);
      at('message-send').click();
      const sent = http.expectOne({ method: 'POST', url: DOOR });
      ids.push((sent.request.body as { messageId: string }).messageId);
      sent.flush(null, { status: 503, statusText: 'Service Unavailable' });
      await shown();
    }
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('reports a message with its reason, and says that it did', async () => {
    at('report').click();
    await fixture.whenStable();
    await write('report-reason', 'Rude');
    at('report-send').click();
    const sent = http.expectOne('/api/messages/m1/report');
    expect(sent.request.body).toEqual({ reason: 'Rude' });
    sent.flush({});
    await asked();
    await answer({ ...message('m1', false), reported: true }, message('m2', true));
    expect(at('report')).toBeNull();
    expect(at('report-reason')).toBeNull();
  });

  it('has no place to write to whom I blocked', async () => {
    fixture.componentRef.setInput('neighbour', { ...BO, blocked: true });
    await fixture.whenStable();
    expect(at('message-text')).toBeNull();
    at('let-in').click();
    expect(http.expectOne('/api/neighbours/bo/block').request.method).toBe('DELETE');
  });

  it('forgets a half-written text when the neighbour changes', async () => {
    await write('message-text', 'For Bo alone');
    fixture.componentRef.setInput('neighbour', { ...BO, neighbourId: 'cy', name: 'Cy' });
    await asked();
    http.expectOne('/api/neighbours/cy/messages').flush({ items: [] });
    await shown();
    expect(at<HTMLTextAreaElement>('message-text').value).toBe('');
  });
});
