import type { JoinOptions, Meeting } from '@meridian/client';
import type { ErrorCode } from '@meridian/protocol';
import { useEffect, useRef, useState } from 'react';
import { errorCode, errorText } from '../error-text.ts';
import { loadSdk } from '../sdk.ts';

export type JoinFailure = { code: ErrorCode | null; text: string };

type Join = {
  joining: boolean;
  failure: JoinFailure | null;
  /** The options may take a moment: devices that are still starting. */
  join: (prepare: () => Promise<JoinOptions>) => Promise<void>;
};

/** Joins; a join that nobody waits for any more, because its page is gone, is given up. */
export function useJoin(onJoined: (meeting: Meeting) => void): Join {
  const [joining, setJoining] = useState(false);
  const [failure, setFailure] = useState<JoinFailure | null>(null);
  const underWay = useRef<AbortController>(null);

  useEffect(() => () => underWay.current?.abort(), []);

  async function join(prepare: () => Promise<JoinOptions>): Promise<void> {
    const controller = new AbortController();
    underWay.current = controller;
    setJoining(true);
    setFailure(null);
    try {
      const [{ Meeting }, options] = await Promise.all([loadSdk(), prepare()]);
      controller.signal.throwIfAborted();
      const meeting = await Meeting.join({ ...options, signal: controller.signal });
      // From here on the meeting page is the one to end it.
      underWay.current = null;
      onJoined(meeting);
    } catch (error) {
      if (controller.signal.aborted) return;
      setFailure({ code: errorCode(error), text: errorText(error) });
      setJoining(false);
    }
  }

  return { joining, failure, join };
}
