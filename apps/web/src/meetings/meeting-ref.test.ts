import { MeetingRef } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { parseMeetingRef } from './meeting-ref.ts';

const ID = '3f2c1a90-7b1e-4c55-9d3e-0a1b2c3d4e5f';

test.each([
  '123-4567-8901',
  '12345678901',
  ' 123 4567 8901 ',
  '123.4567.8901',
  '123–4567—8901',
  '123\u00a04567\u00a08901',
  'https://meet.example.org/j/123-4567-8901',
  'https://meet.example.org/j/12345678901/',
  'http://localhost:8787/j/123-4567-8901?from=mail#top',
  'meet.example.org/j/123-4567-8901',
  'Join us: https://meet.example.org/j/123-4567-8901 at noon',
])('finds the code in %j', (input) => {
  expect(parseMeetingRef(input)).toBe('123-4567-8901');
});

test('takes an id, plain or in a link', () => {
  expect(parseMeetingRef(ID)).toBe(ID);
  expect(parseMeetingRef(`https://meet.example.org/j/${ID.toUpperCase()}`)).toBe(ID);
});

test.each([
  '',
  '   ',
  '123-4567-890',
  '123-4567-89012',
  '123-4567-890a',
  'hello',
  'https://meet.example.org/',
  'https://meet.example.org/j/',
  'https://meet.example.org/j/abc',
])('refuses %j', (input) => {
  expect(parseMeetingRef(input)).toBeNull();
});

test('everything it accepts is a reference the API accepts', () => {
  for (const input of ['12345678901', ID]) {
    expect(MeetingRef.safeParse(parseMeetingRef(input)).success).toBe(true);
  }
});
