import type { Meeting } from '@meridian/client';
import { useCallback, useEffect, useState } from 'react';
import { type FlyingReaction, withReaction } from './reactions.ts';

/** Reactions in the air, and what takes one out of it again. */
export function useReactions(meeting: Meeting): [readonly FlyingReaction[], (id: number) => void] {
  const [flying, setFlying] = useState<readonly FlyingReaction[]>([]);

  useEffect(() => {
    let lastId = 0;
    return meeting.onReaction(({ participantId, reaction }) => {
      const { participants, self } = meeting.snapshot;
      const sender = participants.find(({ id }) => id === participantId);
      const name = participantId === self.id ? 'You' : (sender?.displayName ?? '');
      const id = ++lastId;
      setFlying((before) => withReaction(before, { id, reaction, name }));
    });
  }, [meeting]);

  const landed = useCallback(
    (id: number) => setFlying((before) => before.filter((reaction) => reaction.id !== id)),
    [],
  );
  return [flying, landed];
}
