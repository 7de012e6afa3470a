import { useEffect, useState } from 'react';
import { elapsedText } from './elapsed-text.ts';

/** A component of its own, so that a second that passes renders nothing else. */
export function MeetingTimer({ startedAt }: { startedAt: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span role="timer" aria-label="Time since the meeting started">
      {elapsedText(now - startedAt)}
    </span>
  );
}
