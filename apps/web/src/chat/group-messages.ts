import type { ChatEntry } from '@meridian/client';

export type MessageGroup = {
  key: string;
  senderId: string;
  senderName: string;
  sentAt: number;
  /** Absent when it was for everybody. */
  recipientId: string | undefined;
  entries: ChatEntry[];
};

const TOGETHER_MS = 5 * 60_000;

/** Messages that one person sent in one go stand under one name. */
export function groupMessages(chat: readonly ChatEntry[]): MessageGroup[] {
  const groups: MessageGroup[] = [];
  for (const entry of chat) {
    const group = groups.at(-1);
    const last = group?.entries.at(-1);
    if (group && last && belongs(entry, last)) group.entries.push(entry);
    else {
      groups.push({
        key: entry.message_id,
        senderId: entry.sender_id,
        senderName: entry.sender_name,
        sentAt: entry.sent_at,
        recipientId: entry.recipient_id,
        entries: [entry],
      });
    }
  }
  return groups;
}

function belongs(entry: ChatEntry, last: ChatEntry): boolean {
  return (
    entry.sender_id === last.sender_id &&
    entry.recipient_id === last.recipient_id &&
    entry.sent_at - last.sent_at < TOGETHER_MS
  );
}
