import { capabilitiesOf } from '@meridian/client';
import { MeetingSettings } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { participant, SELF } from '../stage/testing.ts';
import { recipientsFor } from './recipients.ts';

const PEOPLE = [SELF, participant('zoe'), participant('ada', { role: 'host' })];

function recipients(settings: Partial<MeetingSettings>) {
  const { everyone, people } = recipientsFor(
    PEOPLE,
    capabilitiesOf('participant', MeetingSettings.parse(settings)),
  );
  return [everyone && 'everyone', ...people.map(({ id }) => id)].filter(Boolean);
}

test('everybody and each of the others, by name', () => {
  expect(recipients({})).toEqual(['everyone', 'ada', 'zoe']);
});

test('as far as the meeting lets one', () => {
  expect(recipients({ allow_private_chat: false })).toEqual(['everyone', 'ada']);
  expect(recipients({ allow_chat: 'hosts' })).toEqual(['ada']);
  expect(recipients({ allow_chat: 'none' })).toEqual([]);
});
