import type { StoredMeeting } from '../storage/stored-meeting.ts';
import { type CalendarEvent, calendarOf } from './calendar.ts';

/**
 * The invitation to a meeting. One without a time of its own, made to be held at once, stands where it was made.
 * Holds no secret: a password is not known here, and is told apart.
 */
export function inviteOf(meeting: StoredMeeting, origin: string): string {
  const starts_at = Date.parse(meeting.scheduled_start ?? meeting.created_at);
  const url = `${origin}/j/${meeting.code}`;
  const event: CalendarEvent = {
    uid: `${meeting.id}@${new URL(origin).hostname}`,
    sequence: meeting.version - 1,
    // One that was held and is over stays in people's calendars.
    status:
      meeting.closed_at !== null && Date.parse(meeting.closed_at) < starts_at ? 'CANCELLED' : 'CONFIRMED',
    changed_at: Date.parse(meeting.updated_at),
    created_at: Date.parse(meeting.created_at),
    starts_at,
    ends_at: starts_at + meeting.duration * 60_000,
    title: meeting.title,
    description: [
      `Join: ${url}`,
      `Meeting code: ${meeting.code}`,
      ...(meeting.password_hash === null ? [] : ['Whoever invited you has the password.']),
    ].join('\n'),
    url,
  };
  return calendarOf(event);
}
