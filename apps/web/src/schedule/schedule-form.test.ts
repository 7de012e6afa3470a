import { CreateMeetingRequest, type Meeting, UpdateMeetingRequest } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { createRequest, generatePassword, newSchedule, scheduleOf, updateRequest } from './schedule-form.ts';

const at = (text: string) => newSchedule(new Date(text), 'Europe/Amsterdam');

test('proposes the next half hour that leaves time to invite people', () => {
  expect(at('2027-03-09T13:02:00Z')).toMatchObject({ date: '2027-03-09', time: '14:30' });
  expect(at('2027-03-09T13:25:00Z')).toMatchObject({ date: '2027-03-09', time: '15:00' });
  expect(at('2027-12-31T22:40:00Z')).toMatchObject({ date: '2028-01-01', time: '00:00' });
});

test('makes a request the API accepts', () => {
  const request = createRequest({ ...at('2027-03-09T13:02:00Z'), title: '  Review ' });
  expect(CreateMeetingRequest.parse(request)).toMatchObject({
    type: 'scheduled',
    title: 'Review',
    scheduled_start: '2027-03-09T13:30:00.000Z',
    time_zone: 'Europe/Amsterdam',
    generate_password: true,
  });
});

test('an untitled meeting is called Meeting; a date that is none makes no request', () => {
  expect(createRequest({ ...at('2027-03-09T14:02:00Z'), title: ' ' })?.title).toBe('Meeting');
  expect(createRequest({ ...at('2027-03-09T14:02:00Z'), date: '' })).toBeNull();
});

const MEETING: Meeting = {
  id: '3f2c1a90-7b1e-4c55-9d3e-0a1b2c3d4e5f',
  code: '123-4567-8901',
  title: 'Review',
  type: 'scheduled',
  status: 'scheduled',
  scheduled_start: '2027-03-09T13:30:00.000Z',
  time_zone: 'Asia/Tokyo',
  duration: 45,
  join_url: 'https://meet.example.org/j/123-4567-8901',
  password_required: true,
  settings: {
    ...newSchedule(new Date(0), 'UTC').settings,
    waiting_room: true,
    recording: 'none',
    e2e_encryption: false,
  },
  created_at: '2027-03-01T00:00:00.000Z',
  updated_at: '2027-03-01T00:00:00.000Z',
  version: 1,
  owned: true,
};

test('edits a meeting in its own time zone, and leaves its password alone unless told', () => {
  const form = scheduleOf(MEETING, new Date());
  expect(form).toMatchObject({ date: '2027-03-09', time: '22:30', minutes: 45, passwordChoice: 'keep' });
  const unchanged = UpdateMeetingRequest.parse(updateRequest(form, generatePassword));
  expect(unchanged).not.toHaveProperty('password');
  expect(unchanged).toMatchObject({
    scheduled_start: MEETING.scheduled_start,
    settings: { waiting_room: true },
  });
  expect(updateRequest({ ...form, passwordChoice: 'none' }, () => 'x')?.password).toBeNull();
  expect(updateRequest({ ...form, passwordChoice: 'generate' }, () => 'made')?.password).toBe('made');
});

test('makes passwords that can be read out', () => {
  expect(generatePassword()).toMatch(/^[a-km-np-z2-9]{8}$/);
});
