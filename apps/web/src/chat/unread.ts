import type { ChatEntry } from '@meridian/client';

/** How many messages of others came after `seenUntil`. */
export function unreadCount(chat: readonly ChatEntry[], selfId: string, seenUntil: number): number {
  return chat.filter((entry) => entry.sent_at > seenUntil && entry.sender_id !== selfId).length;
}

export function latestMessageTime(chat: readonly ChatEntry[]): number {
  return chat.reduce((latest, entry) => Math.max(latest, entry.sent_at), 0);
}
