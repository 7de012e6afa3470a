import type { ChatEntry } from '@meridian/client';
import { expect, test } from 'vitest';
import { groupMessages } from './group-messages.ts';
import { latestMessageTime, unreadCount } from './unread.ts';

const MINUTE = 60_000;

function entry(sender: string, minute: number, more: Partial<ChatEntry> = {}): ChatEntry {
  return {
    message_id: `${sender}-${minute}`,
    sender_id: sender,
    sender_name: sender.toUpperCase(),
    text: 'hello',
    sent_at: minute * MINUTE,
    delivery: 'sent',
    ...more,
  };
}

const sizes = (chat: ChatEntry[]) => groupMessages(chat).map((group) => group.entries.length);

test('puts what one person says in a row together', () => {
  expect(sizes([entry('a', 0), entry('a', 1), entry('b', 2), entry('a', 3)])).toEqual([2, 1, 1]);
  expect(groupMessages([entry('a', 0)])[0]).toMatchObject({ senderName: 'A', sentAt: 0 });
});

test('a pause begins a new group, a steady flow does not', () => {
  expect(sizes([entry('a', 0), entry('a', 6)])).toEqual([1, 1]);
  expect(sizes([entry('a', 0), entry('a', 4), entry('a', 8)])).toEqual([3]);
});

test('what is for one person does not stand among what is for all', () => {
  expect(sizes([entry('a', 0), entry('a', 1, { recipient_id: 'b' })])).toEqual([1, 1]);
});

test('counts what others sent since it was last read', () => {
  const chat = [entry('a', 1), entry('b', 2), entry('me', 3), entry('a', 4)];
  expect(unreadCount(chat, 'me', 1 * MINUTE)).toBe(2);
  expect(unreadCount(chat, 'me', latestMessageTime(chat))).toBe(0);
});
