import { env } from 'cloudflare:workers';
import { Meeting } from '@meridian/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, knownMeeting } from '../../test/support/api.ts';
import { meetingRow, pretendPostgres } from '../../test/support/postgres.ts';
import { CONFIG } from '../config.ts';
import { cachedMeeting, cacheMeeting, cacheStatus } from '../storage/meeting-cache.ts';

const title = async (id: string) => Meeting.parse(await (await call(`/api/v1/meetings/${id}`)).json()).title;

describe('a meeting in the cache', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is read again behind the answer once it is not fresh, so that no change stays unseen', async () => {
    const meeting = await knownMeeting({ title: 'Before' });
    let asked = 0;
    pretendPostgres(() => {
      asked += 1;
      return { rows: [[meetingRow({ ...meeting, title: 'After', version: 2 })]] };
    });
    expect([await title(meeting.id), asked]).toEqual(['Before', 0]);

    await cacheMeeting(env.MEETING_CACHE, meeting, Date.now() - CONFIG.storage.cacheFreshMs - 1_000);
    expect(await title(meeting.id)).toBe('Before');
    await expect.poll(() => title(meeting.id)).toBe('After');
    // Should the cache be slow to show it: it was read a moment ago.
    await cacheMeeting(env.MEETING_CACHE, meeting, 0);
    expect([await title(meeting.id), asked]).toEqual(['Before', 1]);
  });

  it('is as old as before when only its status changes', async () => {
    const meeting = await knownMeeting();
    await cacheMeeting(env.MEETING_CACHE, meeting, 1_000);
    await cacheStatus(env.MEETING_CACHE, meeting.id, 'active');
    expect(await cachedMeeting(env.MEETING_CACHE, meeting.code)).toEqual({
      meeting: { ...meeting, status: 'active' },
      read_at: 1_000,
    });
  });
});
