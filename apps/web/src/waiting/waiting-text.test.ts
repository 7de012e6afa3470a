import { expect, test } from 'vitest';
import { waitingText } from './waiting-text.ts';

test('says what is waited for', () => {
  expect(waitingText({ reason: 'waiting_room', offline: false }).heading).toContain('let you in');
  expect(waitingText({ reason: 'host_absent', offline: false }).heading).toContain('not here yet');
});

test('says that a lost connection costs no place', () => {
  expect(waitingText({ reason: 'waiting_room', offline: true }).text).toContain('place is kept');
});
