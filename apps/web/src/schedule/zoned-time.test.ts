import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toInstant, toZoned } from './zoned-time.ts';

test.each([
  ['2027-01-15', '09:00', 'Europe/Amsterdam', '2027-01-15T08:00:00.000Z'],
  ['2027-07-15', '09:00', 'Europe/Amsterdam', '2027-07-15T07:00:00.000Z'],
  ['2027-07-15', '00:30', 'Asia/Kolkata', '2027-07-14T19:00:00.000Z'],
  ['2027-12-31', '20:00', 'America/New_York', '2028-01-01T01:00:00.000Z'],
  // The day the clocks go forward, before and after.
  ['2027-03-28', '01:30', 'Europe/Amsterdam', '2027-03-28T00:30:00.000Z'],
  ['2027-03-28', '03:30', 'Europe/Amsterdam', '2027-03-28T01:30:00.000Z'],
])('%s %s in %s', (date, time, zone, expected) => {
  expect(toInstant({ date, time }, zone)?.toISOString()).toBe(expected);
});

test('refuses what is no date', () => {
  expect(toInstant({ date: '', time: '09:00' }, 'UTC')).toBeNull();
  expect(toInstant({ date: '2027-02-31', time: '' }, 'UTC')).toBeNull();
});

test('every moment reads back', () => {
  const moments = fc.date({ min: new Date('2024-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  const zones = fc.constantFrom('UTC', 'Asia/Tokyo', 'Asia/Kolkata', 'Australia/Brisbane', 'Africa/Lagos');
  fc.assert(
    fc.property(moments, zones, (moment, zone) => {
      const minute = Math.floor(moment.getTime() / 60_000) * 60_000;
      expect(toInstant(toZoned(new Date(minute), zone), zone)?.getTime()).toBe(minute);
    }),
  );
});
