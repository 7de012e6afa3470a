import type { Meeting } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { byDay, durationText, phaseOf } from './meeting-times.ts';

const NOW = new Date('2027-03-09T12:00:00');

function meeting(start: string, status: Meeting['status'] = 'scheduled') {
  const at = new Date(start).toISOString();
  return { scheduled_start: at, created_at: at, duration: 60, status };
}

test('knows how near a meeting is', () => {
  expect(phaseOf(meeting('2027-03-09T10:59:00'), NOW)).toBe('over');
  expect(phaseOf(meeting('2027-03-09T11:30:00'), NOW)).toBe('now');
  expect(phaseOf(meeting('2027-03-09T12:05:00'), NOW)).toBe('soon');
  expect(phaseOf(meeting('2027-03-09T13:00:00'), NOW)).toBe('later');
  expect(phaseOf(meeting('2027-03-09T09:00:00', 'active'), NOW)).toBe('now');
  expect(phaseOf(meeting('2027-03-10T09:00:00', 'ended'), NOW)).toBe('over');
});

test('puts what is to come under its day, in order', () => {
  const days = byDay(
    [
      meeting('2027-03-11T09:00:00'),
      meeting('2027-03-09T15:00:00'),
      meeting('2027-03-09T13:00:00'),
      meeting('2027-03-10T09:00:00'),
      meeting('2027-03-08T09:00:00'),
      meeting('2028-01-05T09:00:00'),
    ],
    NOW,
  );
  expect(days.map(({ label, meetings }) => [label, meetings.length])).toEqual([
    ['Today', 2],
    ['Tomorrow', 1],
    ['Thursday, March 11', 1],
    ['Wednesday, January 5, 2028', 1],
  ]);
});

test.each([
  [45, '45 min'],
  [60, '1 h'],
  [90, '1 h 30 min'],
])('%i minutes are %s', (minutes, expected) => expect(durationText(minutes)).toBe(expected));
