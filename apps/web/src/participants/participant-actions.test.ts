import { type Capabilities, capabilitiesOf } from '@meridian/client';
import { MeetingSettings, type Role } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { participant, SELF } from '../stage/testing.ts';
import { participantActions } from './participant-actions.ts';

function me(role: Role, settings: Partial<MeetingSettings> = {}): { role: Role; capabilities: Capabilities } {
  return { role, capabilities: capabilitiesOf(role, MeetingSettings.parse(settings)) };
}

const BEN = participant('ben');

test('a participant may write to others, where the meeting lets them, and no more', () => {
  expect(participantActions(me('participant'), BEN, null)).toEqual(['write']);
  expect(participantActions(me('participant', { allow_private_chat: false }), BEN, null)).toEqual([]);
});

test('a host may do everything with a participant', () => {
  const share = { participantId: 'ben', streamId: 'ben:screen' };
  const busy = participant('ben', { handRaisedAt: 5, screen: true });
  expect(participantActions(me('host'), busy, share)).toEqual([
    'write',
    'mute',
    'stop-video',
    'stop-share',
    'lower-hand',
    'rename',
    'make-host',
    'make-co-host',
    'remove',
  ]);
});

test('nobody is switched on: they are asked', () => {
  const silent = participant('ben', { audio: false, video: false });
  expect(participantActions(me('host'), silent, null)).toContain('ask-to-unmute');
  expect(participantActions(me('host'), silent, null)).not.toContain('mute');
});

test('a co-host may not act on a host, nor give roles away', () => {
  expect(participantActions(me('co_host'), participant('ada', { role: 'host' }), null)).toEqual(['write']);
  expect(participantActions(me('co_host'), BEN, null)).not.toContain('make-host');
});

test('a host takes a co-host back', () => {
  const cleo = participant('cleo', { role: 'co_host' });
  expect(participantActions(me('host'), cleo, null)).toContain('make-participant');
});

test('everybody may rename themselves', () => {
  expect(participantActions(me('participant'), SELF, null)).toEqual(['rename']);
});
