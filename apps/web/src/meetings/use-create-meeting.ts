import type { CreateMeetingResponse } from '@meridian/protocol';
import { useState } from 'react';
import { errorText } from '../error-text.ts';
import { rememberHostKey } from '../preferences/host-keys.ts';
import { loadSdk, type Sdk } from '../sdk.ts';

type CreateRequest = Parameters<Sdk['createMeeting']>[0];

export type CreateMeeting = {
  creating: boolean;
  error: string | null;
  /** Null when it failed; `error` then says why. */
  create: (request: CreateRequest) => Promise<CreateMeetingResponse | null>;
};

/** Creates meetings and keeps their host keys in this browser. */
export function useCreateMeeting(): CreateMeeting {
  const [creating, setCreating] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function create(request: CreateRequest): Promise<CreateMeetingResponse | null> {
    setCreating(true);
    setError(null);
    try {
      const { createMeeting } = await loadSdk();
      const meeting = await createMeeting(request);
      rememberHostKey(meeting.id, meeting.host_key);
      return meeting;
    } catch (cause) {
      setError(errorText(cause));
      return null;
    } finally {
      setCreating(false);
    }
  }

  return { creating, error, create };
}
