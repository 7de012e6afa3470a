import type { Meeting } from '@meridian/client';
import { useEffect, useState } from 'react';

/** Whether anything but sound is received. Anew with each meeting: a slow train does not last. */
export function useAudioOnly(meeting: Meeting, initial: boolean): [boolean, (audioOnly: boolean) => void] {
  const [audioOnly, setAudioOnly] = useState(initial);
  useEffect(() => meeting.setReceive({ audioOnly }), [meeting, audioOnly]);
  return [audioOnly, setAudioOnly];
}
