import type { ChatEntry, MeetingSnapshot } from '@meridian/client';
import { rosterChange } from '../participants/roster-change.ts';

type Seen = Pick<MeetingSnapshot, 'participants' | 'chat' | 'self' | 'waiting' | 'locked'>;

/**
 * What happened between two pictures of a meeting, in words, for those who do not see it. Chat only while it is
 * closed: the open one is announced as it is written.
 */
export function announcements(before: Seen, now: Seen, chatOpen: boolean): string {
  return [
    rosterChange(before.participants, now.participants),
    ...hands(before, now),
    ...(chatOpen ? [] : messages(before, now)),
    now.locked !== before.locked && `The meeting was ${now.locked ? 'locked' : 'unlocked'}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

function hands(before: Seen, now: Seen): string[] {
  if (before.participants === now.participants) return [];
  const raised = new Set(before.participants.filter(isRaised).map(({ id }) => id));
  return now.participants
    .filter((person) => isRaised(person) && !raised.has(person.id) && !person.isSelf)
    .map(({ displayName }) => `${displayName} raised a hand.`);
}

function messages(before: Seen, now: Seen): string[] {
  if (before.chat === now.chat) return [];
  const known = new Set(before.chat.map(({ message_id }) => message_id));
  return now.chat
    .filter((entry) => !known.has(entry.message_id) && entry.sender_id !== now.self.id)
    .map(spoken);
}

/** Enough to know what it is about; the chat has the rest. */
const SPOKEN_LENGTH = 120;

function spoken({ sender_name, text, recipient_id }: ChatEntry): string {
  const short = text.length > SPOKEN_LENGTH ? `${text.slice(0, SPOKEN_LENGTH)}…` : text;
  return `${sender_name} writes${recipient_id === undefined ? '' : ' privately'}: ${short}`;
}

function isRaised({ handRaisedAt }: { handRaisedAt: number | null }): boolean {
  return handRaisedAt !== null;
}
