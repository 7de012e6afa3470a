import { describe, expect, it } from 'vitest';
import type { StoredMeeting } from '../storage/stored-meeting.ts';
import { type CalendarEvent, calendarOf } from './calendar.ts';
import { inviteOf } from './invite.ts';

const EVENT: CalendarEvent = {
  uid: 'a@meet.test',
  sequence: 2,
  status: 'CONFIRMED',
  changed_at: Date.parse('2026-02-01T08:00:00Z'),
  created_at: Date.parse('2026-01-01T08:00:00.500Z'),
  starts_at: Date.parse('2026-03-01T09:00:00Z'),
  ends_at: Date.parse('2026-03-01T09:45:00Z'),
  title: 'Review',
  description: 'Come',
  url: 'https://meet.test/j/1',
};

/** What a calendar reads: folded lines are joined again (RFC 5545 §3.1). */
function propertiesOf(file: string): Record<string, string> {
  const lines = file.replaceAll('\r\n ', '').split('\r\n');
  return Object.fromEntries(lines.map((line) => [line.split(':')[0], line.slice(line.indexOf(':') + 1)]));
}

const written = (more: Partial<CalendarEvent>) => propertiesOf(calendarOf({ ...EVENT, ...more }));

describe('a calendar event', () => {
  it('is a whole file, in UTC', () => {
    expect(calendarOf(EVENT)).toBe(
      [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//Meridian//Meetings//EN',
        'CALSCALE:GREGORIAN',
        'METHOD:PUBLISH',
        'BEGIN:VEVENT',
        'UID:a@meet.test',
        'SEQUENCE:2',
        'DTSTAMP:20260201T080000Z',
        'CREATED:20260101T080000Z',
        'LAST-MODIFIED:20260201T080000Z',
        'DTSTART:20260301T090000Z',
        'DTEND:20260301T094500Z',
        'STATUS:CONFIRMED',
        'SUMMARY:Review',
        'DESCRIPTION:Come',
        'LOCATION:https://meet.test/j/1',
        'URL:https://meet.test/j/1',
        'TRANSP:OPAQUE',
        'END:VEVENT',
        'END:VCALENDAR',
        '',
      ].join('\r\n'),
    );
  });

  it('keeps text from being taken for anything else', () => {
    const title = 'a;b,c\\d\r\nEND:VEVENT\nX:"y"\u0000\u0007\tz';
    expect(written({ title }).SUMMARY).toBe('a\\;b\\,c\\\\d\\nEND:VEVENT\\nX:"y"\tz');
  });

  it('breaks long lines at 75 bytes, and no character', () => {
    for (const title of ['x'.repeat(300), 'é'.repeat(200), '😀'.repeat(100), `${'y'.repeat(66)}😀`]) {
      const file = calendarOf({ ...EVENT, title });
      for (const line of file.split('\r\n')) {
        expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
        expect(line.isWellFormed()).toBe(true);
      }
      expect(propertiesOf(file).SUMMARY).toBe(title);
    }
  });

  it('that is cancelled takes itself out', () => {
    expect(written({ status: 'CANCELLED' })).toMatchObject({ METHOD: 'CANCEL', STATUS: 'CANCELLED' });
  });
});

describe('an invitation', () => {
  const meeting: StoredMeeting = {
    id: '019a5c1e-7b40-8a2f-9d31-5f0c6e8b7a12',
    code: '482-9173-0056',
    owner_id: null,
    title: 'Review',
    type: 'scheduled',
    status: 'scheduled',
    scheduled_start: '2026-03-01T09:00:00.000Z',
    time_zone: 'Europe/Amsterdam',
    duration: 45,
    settings: {
      waiting_room: false,
      allow_guests: true,
      join_before_host: true,
      mute_on_entry: false,
      allow_unmute: true,
      allow_screen_share: 'all',
      allow_chat: 'all',
      allow_private_chat: true,
      recording: 'none',
      e2e_encryption: false,
      max_participants: 100,
    },
    password_hash: null,
    host_key_hash: 'a hash',
    created_at: '2026-01-01T08:00:00.000Z',
    updated_at: '2026-01-02T08:00:00.000Z',
    closed_at: null,
    version: 3,
  };
  const invitation = (more: Partial<StoredMeeting> = {}) =>
    propertiesOf(inviteOf({ ...meeting, ...more }, 'https://meet.test'));

  it('is the same event in every version of the meeting, with its link', () => {
    expect(invitation()).toMatchObject({
      UID: `${meeting.id}@meet.test`,
      SEQUENCE: '2',
      DTSTART: '20260301T090000Z',
      DTEND: '20260301T094500Z',
      URL: 'https://meet.test/j/482-9173-0056',
    });
    expect(invitation({ version: 4 })).toMatchObject({ UID: invitation().UID, SEQUENCE: '3' });
  });

  it('stands where it was made when it has no time', () => {
    const instant = invitation({ type: 'instant', scheduled_start: null });
    expect(instant.DTSTART).toBe('20260101T080000Z');
  });

  it('tells of a password, and not which', () => {
    const text = invitation({ password_hash: 'scrypt$hash' }).DESCRIPTION;
    expect(text).toContain('password');
    expect(text).not.toContain('hash');
    expect(invitation().DESCRIPTION).not.toContain('password');
  });

  it('is called off when the meeting was cancelled, not when it was held', () => {
    const over = { status: 'ended', closed_at: '2026-02-28T09:00:00.000Z' } as const;
    expect(invitation(over)).toMatchObject({ METHOD: 'CANCEL', STATUS: 'CANCELLED' });
    expect(invitation({ ...over, closed_at: '2026-03-01T09:30:00.000Z' }).STATUS).toBe('CONFIRMED');
    expect(invitation({ status: 'ended' }).STATUS).toBe('CONFIRMED');
  });
});
