import type { EndReason, Meeting } from '@meridian/client';
import type { MeridianError } from '@meridian/protocol';
import { useCallback, useState } from 'react';
import { DeviceCheckPage } from './device-check/device-check-page.tsx';
import { useLocalMedia } from './devices/use-local-media.ts';
import { EndedPage } from './ended/ended-page.tsx';
import { parseMeetingRef } from './home/meeting-ref.ts';
import { MeetingPage } from './meeting/meeting-page.tsx';
import { usePreferences } from './preferences/use-preferences.ts';
import { NotFoundPage } from './ui/not-found-page.tsx';

type Step =
  | { step: 'check' }
  | { step: 'meeting'; meeting: Meeting }
  | { step: 'ended'; reason: EndReason; error: MeridianError | undefined };

/** From the link to the end: device check, meeting, farewell. Holds what these share. */
export function JoinPage({ meetingRef }: { meetingRef: string }) {
  const [state, setState] = useState<Step>({ step: 'check' });
  const [password, setPassword] = useState('');
  const [preferences, changePreferences] = usePreferences();
  const [media, devices] = useLocalMedia(preferences);

  const end = useCallback(
    (reason: EndReason, error?: MeridianError) => {
      media.release('microphone', 'camera');
      setState({ step: 'ended', reason, error });
    },
    [media],
  );

  const ref = parseMeetingRef(meetingRef);
  if (ref === null) return <UnknownMeeting />;

  switch (state.step) {
    case 'check':
      return (
        <DeviceCheckPage
          meetingRef={ref}
          password={password}
          onPassword={setPassword}
          preferences={preferences}
          onPreferences={changePreferences}
          media={media}
          devices={devices}
          unknown={<UnknownMeeting />}
          onJoined={(meeting) => setState({ step: 'meeting', meeting })}
        />
      );
    case 'meeting':
      return (
        <MeetingPage
          meeting={state.meeting}
          preferences={preferences}
          onPreferences={changePreferences}
          media={media}
          devices={devices}
          onEnd={end}
        />
      );
    case 'ended':
      return (
        <EndedPage reason={state.reason} error={state.error} onRejoin={() => setState({ step: 'check' })} />
      );
  }
}

function UnknownMeeting() {
  return (
    <NotFoundPage
      title="We cannot find this meeting"
      explanation="The code may have been mistyped, or the meeting may be long over. Ask whoever invited you for the link."
    />
  );
}
