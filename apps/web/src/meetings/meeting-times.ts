import type { Meeting } from '@meridian/protocol';

type Timed = Pick<Meeting, 'scheduled_start' | 'created_at' | 'duration' | 'status'>;

export function startOf(meeting: Timed): Date {
  return new Date(meeting.scheduled_start ?? meeting.created_at);
}

export function endOf(meeting: Timed): Date {
  return new Date(startOf(meeting).getTime() + meeting.duration * 60_000);
}

/** How long before its start a meeting counts as about to begin. */
const SOON_MS = 10 * 60_000;

export type Phase = 'now' | 'soon' | 'later' | 'over';

export function phaseOf(meeting: Timed, now: Date): Phase {
  if (meeting.status === 'active') return 'now';
  if (meeting.status === 'ended' || endOf(meeting) < now) return 'over';
  const wait = startOf(meeting).getTime() - now.getTime();
  return wait <= 0 ? 'now' : wait <= SOON_MS ? 'soon' : 'later';
}

export type Day<T> = { key: string; label: string; meetings: T[] };

/** What is still to come, by the visitor's own days. */
export function byDay<T extends Timed>(meetings: readonly T[], now: Date): Day<T>[] {
  const days: Day<T>[] = [];
  const upcoming = meetings.filter((meeting) => phaseOf(meeting, now) !== 'over');
  for (const meeting of upcoming.toSorted((a, b) => startOf(a).getTime() - startOf(b).getTime())) {
    const start = startOf(meeting);
    const key = start.toDateString();
    const last = days.at(-1);
    if (last?.key === key) last.meetings.push(meeting);
    else days.push({ key, label: dayLabel(start, now), meetings: [meeting] });
  }
  return days;
}

function dayLabel(day: Date, now: Date): string {
  const tomorrow = new Date(now);
  tomorrow.setDate(now.getDate() + 1);
  if (day.toDateString() === now.toDateString()) return 'Today';
  if (day.toDateString() === tomorrow.toDateString()) return 'Tomorrow';
  const sameYear = day.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat('en', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(!sameYear && { year: 'numeric' }),
  }).format(day);
}

export function timeText(date: Date): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(date);
}

export function dateTimeText(date: Date): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' }).format(date);
}

export function durationText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 && `${hours} h`, rest > 0 && `${rest} min`].filter(Boolean).join(' ');
}
