import { MeridianError } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { errorCode, errorText } from './error-text.ts';

test('says what a known error means to people', () => {
  const error = new MeridianError('meeting_full', 'max_participants reached');
  expect(errorCode(error)).toBe('meeting_full');
  expect(errorText(error)).toBe('This meeting is full.');
});

test('says when to try again', () => {
  const text = (retryAfterMs: number) => errorText(new MeridianError('no_capacity', '', { retryAfterMs }));
  expect(text(400)).toContain('in a second.');
  expect(text(4_200)).toContain('in 5 seconds.');
  expect(text(180_000)).toContain('in 3 minutes.');
});

test('does not show the message of an unknown error', () => {
  expect(errorCode(new TypeError('Failed to fetch'))).toBeNull();
  expect(errorText(new TypeError('Failed to fetch'))).not.toContain('fetch');
  expect(errorText('boom')).not.toContain('boom');
});
