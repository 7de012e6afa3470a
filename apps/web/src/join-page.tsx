import type { EndReason } from '@meridian/client';
import type { MeridianError } from '@meridian/protocol';
import { useCallback, useState } from 'react';
import { DeviceCheckPage } from './device-check/device-check-page.tsx';
import type { Joined } from './device-check/use-join.ts';
import { useLocalMedia } from './devices/use-local-media.ts';
import { EndedPage } from './ended/ended-page.tsx';
import { parseMeetingRef } from './meetings/meeting-ref.ts';
import { usePreferences } from './preferences/use-preferences.ts';
import { NotFoundPage } from './ui/not-found-page.tsx';

type Step =
  | { step: 'check' }
  | { step: 'meeting'; joined: Joined; audioOnly: boolean }
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

  const shared = { preferences, onPreferences: changePreferences, media, devices };
  switch (state.step) {
    case 'check':
      return (
        <DeviceCheckPage
          {...shared}
          meetingRef={ref}
          password={password}
          onPassword={setPassword}
          unknown={<UnknownMeeting />}
          onJoined={(joined, audioOnly) => setState({ step: 'meeting', joined, audioOnly })}
        />
      );
    case 'meeting': {
      const { meeting, InMeeting } = state.joined;
      return <InMeeting {...shared} meeting={meeting} startAudioOnly={state.audioOnly} onEnd={end} />;
    }
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
