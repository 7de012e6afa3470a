import type { Meeting } from '@meridian/protocol';
import { joinLink } from '../router.ts';
import { dateTimeText, startOf } from './meeting-times.ts';

type Invited = Pick<Meeting, 'title' | 'code' | 'scheduled_start' | 'created_at' | 'duration' | 'status'>;

/** To paste into a mail or a calendar. */
export function invitationText(meeting: Invited, password?: string): string {
  return [
    meeting.title,
    meeting.scheduled_start !== null && dateTimeText(startOf(meeting)),
    joinLink(meeting.code),
    `Meeting code: ${meeting.code}`,
    password !== undefined && `Password: ${password}`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** The calendar entry, as any calendar program opens it. */
export function calendarLink(meetingId: string): string {
  return `/api/v1/meetings/${meetingId}/invite.ics`;
}
