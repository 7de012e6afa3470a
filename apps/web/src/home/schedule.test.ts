import { CreateMeetingRequest } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { defaultSchedule, scheduleRequest } from './schedule.ts';

const at = (text: string) => defaultSchedule(new Date(text));

test('proposes the next half hour that leaves time to invite people', () => {
  expect(at('2027-03-09T14:02:00')).toMatchObject({ date: '2027-03-09', time: '14:30' });
  expect(at('2027-03-09T14:25:00')).toMatchObject({ date: '2027-03-09', time: '15:00' });
  expect(at('2027-12-31T23:40:00')).toMatchObject({ date: '2028-01-01', time: '00:00' });
});

test('makes a request the API accepts', () => {
  const request = scheduleRequest({ ...at('2027-03-09T14:02:00'), title: '  Review ' }, 'Europe/Amsterdam');
  expect(CreateMeetingRequest.parse(request)).toMatchObject({
    type: 'scheduled',
    title: 'Review',
    scheduled_start: new Date('2027-03-09T14:30:00').toISOString(),
    time_zone: 'Europe/Amsterdam',
    generate_password: true,
  });
});

test('an untitled meeting is called Meeting', () => {
  expect(scheduleRequest({ ...at('2027-03-09T14:02:00'), title: ' ' }, 'UTC')?.title).toBe('Meeting');
});

test('refuses a date that is none', () => {
  expect(scheduleRequest({ ...at('2027-03-09T14:02:00'), date: '' }, 'UTC')).toBeNull();
});
