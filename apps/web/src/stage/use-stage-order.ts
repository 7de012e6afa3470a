import type { MeetingSnapshot } from '@meridian/client';
import { useEffect, useState } from 'react';
import { stageOrder } from './stage-order.ts';

/** The order of the tiles, which follows from what it was and from who speaks. */
export function useStageOrder(
  { participants, activeSpeakerId }: MeetingSnapshot,
  firstPage: number,
): readonly string[] {
  const [order, setOrder] = useState<readonly string[]>([]);
  const [lastSpoke, setLastSpoke] = useState<ReadonlyMap<string, number>>(() => new Map());

  useEffect(() => {
    if (activeSpeakerId !== null) {
      setLastSpoke((before) => new Map(before).set(activeSpeakerId, Date.now()));
    }
  }, [activeSpeakerId]);

  const present = participants.map(({ id }) => id);
  const next = stageOrder(order, present, activeSpeakerId, firstPage, lastSpoke);
  // As React means derived state to be kept: at once, before anything is shown.
  if (next !== order) setOrder(next);
  return next;
}
