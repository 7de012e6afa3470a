import { useEffect, useRef, useState } from 'react';
import { announcements } from './announcements.ts';
import { useMeeting } from './meeting-context.ts';

/** Says what happens to those who do not see it. */
export function Announcer({ chatOpen }: { chatOpen: boolean }) {
  const { snapshot } = useMeeting();
  const before = useRef(snapshot);
  const [text, setText] = useState('');
  useEffect(() => {
    const said = announcements(before.current, snapshot, chatOpen);
    before.current = snapshot;
    if (said !== '') setText(said);
  }, [snapshot, chatOpen]);
  return (
    <p className="visually-hidden" role="status" data-testid="announcer">
      {text}
    </p>
  );
}
