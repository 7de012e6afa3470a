import type { ChatEntry } from '@meridian/client';
import { useEffect, useState } from 'react';
import { latestMessageTime, unreadCount } from './unread.ts';

/** Messages not yet seen. What was said before one joined counts as seen. */
export function useUnread(chat: readonly ChatEntry[], selfId: string, open: boolean): number {
  const latest = latestMessageTime(chat);
  const [seenUntil, setSeenUntil] = useState(latest);
  useEffect(() => {
    if (open) setSeenUntil(latest);
  }, [open, latest]);
  return open ? 0 : unreadCount(chat, selfId, seenUntil);
}
