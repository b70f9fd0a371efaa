const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface TimeLeft {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

/** What is left until an instant, in whole seconds rounded up, so that zero is shown only when it is over. */
export function timeLeft(ms: number): TimeLeft {
  const rest = Math.max(0, Math.ceil(ms / SECOND) * SECOND);
  return {
    days: Math.floor(rest / DAY),
    hours: Math.floor((rest % DAY) / HOUR),
    minutes: Math.floor((rest % HOUR) / MINUTE),
    seconds: Math.floor((rest % MINUTE) / SECOND),
  };
}

/** `1 d 02:13:45`, or `02:13:45` on the last day. */
export function clockFace(ms: number): string {
  const left = timeLeft(ms);
  const face = [left.hours, left.minutes, left.seconds].map((part) => String(part).padStart(2, '0')).join(':');
  return left.days > 0 ? `${left.days}\u00a0d\u00a0${face}` : face;
}

/** The minutes at which people with a screen reader are told; every second would be noise. */
export const ANNOUNCED_MINUTES = [10, 5, 1] as const;

/** The announcement that became due between two looks at the clock, if any; the latest if several did. */
export function dueAnnouncement(msBefore: number, msNow: number): number | undefined {
  return ANNOUNCED_MINUTES.filter((minutes) => msBefore > minutes * MINUTE && msNow <= minutes * MINUTE && msNow > 0).at(-1);
}
