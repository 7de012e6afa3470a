import type { Meeting } from '@meridian/protocol';
import { useCallback, useEffect, useState } from 'react';
import { forgetSession } from '../account/session.ts';
import { loadApi } from '../api.ts';
import { errorCode, errorText } from '../error-text.ts';

export type Upcoming =
  | { state: 'loading' }
  | { state: 'ready'; meetings: readonly Meeting[]; more: string | null }
  | { state: 'failed'; text: string };

/** Back this far: what began and is not over yet is still upcoming. The longest meeting there is. */
const LONGEST_MEETING_MS = 24 * 60 * 60_000;

type Result = { upcoming: Upcoming; reload: () => void; loadMore: () => void; drop: (id: string) => void };

/** The visitor's own meetings that are not over. */
export function useUpcoming(): Result {
  const [upcoming, setUpcoming] = useState<Upcoming>({ state: 'loading' });

  const load = useCallback(async (before: readonly Meeting[], cursor: string | null) => {
    try {
      const api = await loadApi();
      const from = new Date(Date.now() - LONGEST_MEETING_MS).toISOString();
      const page = await api.listMeetings({ from, ...(cursor !== null && { cursor }) });
      setUpcoming({ state: 'ready', meetings: [...before, ...page.items], more: page.next_cursor });
    } catch (error) {
      if (errorCode(error) === 'unauthorized') forgetSession();
      setUpcoming({ state: 'failed', text: errorText(error) });
    }
  }, []);

  useEffect(() => void load([], null), [load]);

  return {
    upcoming,
    reload() {
      setUpcoming({ state: 'loading' });
      void load([], null);
    },
    loadMore() {
      if (upcoming.state === 'ready' && upcoming.more !== null) void load(upcoming.meetings, upcoming.more);
    },
    drop(id) {
      if (upcoming.state !== 'ready') return;
      setUpcoming({ ...upcoming, meetings: upcoming.meetings.filter((meeting) => meeting.id !== id) });
    },
  };
}
