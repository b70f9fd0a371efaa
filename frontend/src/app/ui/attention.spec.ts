import { TestBed } from '@angular/core/testing';
import { vi } from 'vitest';
import { Attention } from './attention';

describe('attention', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it.each(['keydown', 'scroll', 'touchstart', 'pointermove'])('is there at the first %s', (kind) => {
    const attention = TestBed.inject(Attention);
    expect(attention.stirred()).toBe(false);
    dispatchEvent(new Event(kind));
    expect(attention.stirred()).toBe(true);
  });

  it('is taken for granted after a while', () => {
    const attention = TestBed.inject(Attention);
    vi.advanceTimersByTime(9_999);
    expect(attention.stirred()).toBe(false);
    vi.advanceTimersByTime(1);
    expect(attention.stirred()).toBe(true);
  });
});
