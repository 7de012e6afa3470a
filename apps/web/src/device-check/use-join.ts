import type { JoinOptions, Meeting } from '@meridian/client';
import type { ErrorCode } from '@meridian/protocol';
import { useEffect, useRef, useState } from 'react';
import { errorCode, errorText } from '../error-text.ts';
import { type InMeeting, loadInMeeting } from '../meeting/load-in-meeting.ts';
import { loadSdk, networkOptions } from '../sdk.ts';
import { useRoundTrips } from './use-round-trips.ts';

export type JoinFailure = { code: ErrorCode | null; text: string };

/** A meeting, and what shows it. */
export type Joined = { meeting: Meeting; InMeeting: InMeeting };

type Join = {
  joining: boolean;
  failure: JoinFailure | null;
  /** The options may take a moment: devices that are still starting. Null when it failed or was given up. */
  join: (prepare: () => Promise<JoinOptions>) => Promise<Joined | null>;
};

/** Joins; a join that nobody waits for any more, because its page is gone, is given up. */
export function useJoin(): Join {
  const [joining, setJoining] = useState(false);
  const [failure, setFailure] = useState<JoinFailure | null>(null);
  const roundTrips = useRoundTrips();
  const underWay = useRef<AbortController>(null);

  useEffect(() => () => underWay.current?.abort(), []);

  async function join(prepare: () => Promise<JoinOptions>): Promise<Joined | null> {
    const controller = new AbortController();
    underWay.current = controller;
    setJoining(true);
    setFailure(null);
    try {
      // All code before anybody is joined: who cannot be shown the meeting is not in it either.
      const [{ Meeting }, InMeeting, options] = await Promise.all([loadSdk(), loadInMeeting(), prepare()]);
      controller.signal.throwIfAborted();
      const network = networkOptions(location.search);
      const meeting = await Meeting.join({
        ...options,
        ...network,
        roundTrips: roundTrips.current,
        signal: controller.signal,
      });
      // From here on the meeting page is the one to end it.
      underWay.current = null;
      return { meeting, InMeeting };
    } catch (error) {
      if (controller.signal.aborted) return null;
      setFailure({ code: errorCode(error), text: errorText(error) });
      setJoining(false);
      return null;
    }
  }

  return { joining, failure, join };
}
