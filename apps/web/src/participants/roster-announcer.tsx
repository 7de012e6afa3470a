import type { ParticipantView } from '@meridian/client';
import { useEffect, useRef, useState } from 'react';
import { rosterChange } from './roster-change.ts';

/** Says who comes and goes to those who do not see the tiles. */
export function RosterAnnouncer({ participants }: { participants: readonly ParticipantView[] }) {
  const before = useRef(participants);
  const [text, setText] = useState('');
  useEffect(() => {
    const change = rosterChange(before.current, participants);
    before.current = participants;
    if (change !== '') setText(change);
  }, [participants]);
  return (
    <p className="visually-hidden" role="status">
      {text}
    </p>
  );
}
