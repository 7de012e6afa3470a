import type { Meeting } from '@meridian/client';
import { useEffect } from 'react';
import type { Toasts } from './use-toasts.ts';

/** A host asks for one's voice. Only oneself can give it. */
export function useUnmuteRequest(meeting: Meeting, unmute: () => void, toasts: Toasts): void {
  useEffect(
    () =>
      meeting.onUnmuteRequested((byId) => {
        const { participants, self } = meeting.snapshot;
        if (self.audio) return;
        const name = participants.find(({ id }) => id === byId)?.displayName ?? 'The host';
        toasts.ask(`${name} asks you to unmute`, [
          { label: 'Unmute', run: unmute, testId: 'unmute-asked' },
          { label: 'Stay muted', run: () => undefined },
        ]);
      }),
    [meeting, unmute, toasts],
  );
}
