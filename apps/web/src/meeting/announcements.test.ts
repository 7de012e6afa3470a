import type { ChatEntry } from '@meridian/client';
import { expect, test } from 'vitest';
import { participant, SELF } from '../stage/testing.ts';
import { announcements } from './announcements.ts';

const BASE = { participants: [SELF], chat: [], self: SELF, waiting: [], locked: false };

function message(text: string, more: Partial<ChatEntry> = {}): ChatEntry {
  return {
    message_id: text,
    sender_id: 'ada',
    sender_name: 'Ada',
    text,
    sent_at: 0,
    delivery: 'sent',
    ...more,
  };
}

test('says nothing when nothing happened', () => {
  expect(announcements(BASE, { ...BASE }, false)).toBe('');
});

test('says who came and whose hand went up', () => {
  const ada = participant('Ada');
  expect(announcements(BASE, { ...BASE, participants: [SELF, ada] }, false)).toBe('Ada joined.');
  const before = { ...BASE, participants: [SELF, ada] };
  const now = { ...BASE, participants: [SELF, { ...ada, handRaisedAt: 1 }] };
  expect(announcements(before, now, false)).toBe('Ada raised a hand.');
  expect(announcements(now, { ...now, participants: [...now.participants] }, false)).toBe('');
});

test('reads out what others write, while the chat is closed', () => {
  const now = { ...BASE, chat: [message('hello'), message('hi', { sender_id: SELF.id })] };
  expect(announcements(BASE, now, false)).toBe('Ada writes: hello');
  expect(announcements(BASE, now, true)).toBe('');
  const secret = { ...BASE, chat: [message('psst', { recipient_id: SELF.id })] };
  expect(announcements(BASE, secret, false)).toBe('Ada writes privately: psst');
});

test('says that the meeting was locked', () => {
  expect(announcements(BASE, { ...BASE, locked: true }, false)).toBe('The meeting was locked.');
});
