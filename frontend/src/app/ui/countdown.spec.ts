import { clockFace, dueAnnouncement } from './countdown';

const MINUTE = 60_000;

describe('clockFace', () => {
  it('counts hours, minutes and seconds, and days before them', () => {
    expect(clockFace(2 * 3_600_000 + 13 * MINUTE + 45_000)).toBe('02:13:45');
    expect(clockFace(26 * 3_600_000)).toBe('1\u00a0d\u00a002:00:00');
  });

  it('shows zero only when it is over', () => {
    expect(clockFace(1)).toBe('00:00:01');
    expect(clockFace(0)).toBe('00:00:00');
    expect(clockFace(-5000)).toBe('00:00:00');
  });
});

describe('dueAnnouncement', () => {
  it('speaks once at ten, five and one minute', () => {
    expect(dueAnnouncement(10 * MINUTE + 500, 10 * MINUTE - 500)).toBe(10);
    expect(dueAnnouncement(10 * MINUTE - 500, 10 * MINUTE - 1500)).toBeUndefined();
    expect(dueAnnouncement(5 * MINUTE + 1, 5 * MINUTE)).toBe(5);
    expect(dueAnnouncement(MINUTE + 1, MINUTE)).toBe(1);
  });

  it('speaks the latest when a fast clock jumped over several', () => {
    expect(dueAnnouncement(11 * MINUTE, 30_000)).toBe(1);
  });

  it('is silent when the gate has closed', () => {
    expect(dueAnnouncement(2 * MINUTE, 0)).toBeUndefined();
  });
});
