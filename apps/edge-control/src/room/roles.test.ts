import type { MeetingSettings } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { HOST_KEY, joinRequest, newRoom, nodeIn } from './testing/fixtures.ts';
import { TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(realClock);

async function meetingOf(settings: Partial<MeetingSettings> = {}) {
  const { room, meeting } = newRoom(settings);
  const host = await TestClient.join(room, meeting, { display_name: 'Host', role: 'host' });
  const ada = await TestClient.join(room, meeting, { display_name: 'Ada' });
  const bob = await TestClient.join(room, meeting, { display_name: 'Bob' });
  const roleOf = (client: TestClient) => host.participants.get(client.id)?.role;
  return { room, meeting, host, ada, bob, roleOf };
}

describe('set_role', () => {
  it('is seen by all, at the nodes, and in the history', async () => {
    const { room, host, ada, bob } = await meetingOf({ allow_screen_share: 'host' });
    const node = await TestNode.dial(room, nodeIn('amsterdam'));
    expect(await host.ask({ type: 'set_role', target_user: ada.id, role: 'co_host' })).toMatchObject({
      type: 'participant_updated',
      participant: { participant_id: ada.id, role: 'co_host' },
    });
    await bob.event('participant_updated', ({ participant }) => participant.role === 'co_host');
    await node.desired(({ participants }) =>
      participants.some(
        ({ participant_id, role, can_publish }) =>
          participant_id === ada.id && role === 'co_host' && can_publish.includes('screen'),
      ),
    );
    const records = await rows<{ body: string }>(room, 'select body from outbox order by seq');
    expect(JSON.parse(records.at(-1)?.body ?? '')).toMatchObject({ kind: 'participant', role: 'co_host' });
    expect(await ada.ask({ type: 'request_media_token' })).toMatchObject({ type: 'media_token' });
  });

  it('never takes the last host, and is for hosts alone', async () => {
    const { host, ada, bob } = await meetingOf();
    const set = (by: TestClient, whom: TestClient, role: 'host' | 'co_host' | 'participant') =>
      by.ask({ type: 'set_role', target_user: whom.id, role });
    expect(await set(host, host, 'participant')).toMatchObject({ code: 'unprocessable' });
    await set(host, ada, 'co_host');
    expect(await set(ada, bob, 'co_host')).toMatchObject({ code: 'forbidden' });
    expect(await set(ada, ada, 'host')).toMatchObject({ code: 'forbidden' });
    await set(host, ada, 'host');
    expect(await set(ada, host, 'participant')).toMatchObject({ code: 'forbidden' });
    expect(await set(host, host, 'participant')).toMatchObject({ participant: { role: 'participant' } });
    expect(await set(host, bob, 'co_host')).toMatchObject({ code: 'forbidden' });
    expect(await set(ada, ada, 'host')).toMatchObject({ type: 'done' });
    expect(await set(ada, ada, 'co_host')).toMatchObject({ code: 'unprocessable' });
  });

  it('takes the screen share of somebody who may not share any more', async () => {
    const { host, ada } = await meetingOf({ allow_screen_share: 'host' });
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'co_host' });
    await ada.ask({ type: 'screen_share_start', stream_id: `${ada.id}:screen` });
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'participant' });
    expect(await host.event('screen_share_stopped')).toMatchObject({ participant_id: ada.id });
  });
});

describe('a host who leaves', () => {
  it('is followed by the co-host who has been there longest', async () => {
    const { host, ada, bob } = await meetingOf();
    await host.ask({ type: 'set_role', target_user: bob.id, role: 'co_host' });
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'co_host' });
    await host.ask({ type: 'leave' });
    const update = await bob.event('participant_updated', ({ participant }) => participant.role === 'host');
    expect(update.participant.participant_id).toBe(ada.id);
  });

  it('without one leaves a meeting that goes on', async () => {
    const { room, meeting, host, ada, bob } = await meetingOf();
    await host.ask({ type: 'leave' });
    await bob.event('participant_left');
    await ada.ask({ type: 'chat', text: 'and now?', client_id: crypto.randomUUID() });
    await bob.event('chat_broadcast');
    expect([...bob.participants.values()].map(({ role }) => role)).toEqual(['participant', 'participant']);
    const back = await TestClient.join(room, meeting, { role: 'host' });
    expect(await back.ask({ type: 'mute_all' })).toMatchObject({ type: 'done' });
  });

  it('leaves it to the other host, when there is one', async () => {
    const { host, ada, bob } = await meetingOf();
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'host' });
    await host.ask({ type: 'set_role', target_user: bob.id, role: 'co_host' });
    await host.ask({ type: 'leave' });
    await ada.event('participant_left');
    expect(ada.participants.get(bob.id)?.role).toBe('co_host');
  });
});

describe('claim_host', () => {
  async function two() {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, { display_name: 'Ada' });
    const bob = await TestClient.join(room, meeting, { display_name: 'Bob' });
    return { room, meeting, ada, bob };
  }
  const claim = (client: TestClient, host_key: string) => client.ask({ type: 'claim_host', host_key });

  it('makes whoever has the key host', async () => {
    const { ada, bob } = await two();
    expect(await claim(ada, 'guess')).toMatchObject({ type: 'error', code: 'wrong_host_key' });
    expect(await claim(ada, HOST_KEY.key)).toMatchObject({
      type: 'participant_updated',
      participant: { participant_id: ada.id, role: 'host' },
    });
    await bob.event('participant_updated', ({ participant }) => participant.role === 'host');
    expect(await claim(ada, HOST_KEY.key)).toMatchObject({ type: 'done' });
  });

  it('is limited for each and for all', async () => {
    const { room, meeting, ada, bob } = await two();
    for (let i = 0; i < ROOM.hostKey.participantRate.burst; i += 1) await claim(ada, `guess ${i}`);
    expect(await claim(ada, HOST_KEY.key)).toMatchObject({
      code: 'rate_limited',
      retry_after_ms: expect.any(Number),
    });
    expect(await claim(bob, 'guess')).toMatchObject({ code: 'wrong_host_key' });
    let tries = ROOM.hostKey.participantRate.burst + 1;
    while (tries < ROOM.hostKey.meetingRate.burst) {
      const eve = await TestClient.join(room, meeting);
      for (let i = 0; i < 3 && tries < ROOM.hostKey.meetingRate.burst; i += 1, tries += 1) {
        expect(await claim(eve, 'guess')).toMatchObject({ code: 'wrong_host_key' });
      }
    }
    const last = await TestClient.join(room, meeting);
    expect(await claim(last, HOST_KEY.key)).toMatchObject({ code: 'rate_limited' });
    await elapse(room, 40_000);
    expect(await claim(last, HOST_KEY.key)).toMatchObject({ type: 'participant_updated' });
  });
});

describe('a locked meeting', () => {
  it('lets nobody new in but hosts, and those who are in come back', async () => {
    const { room, meeting, host, ada } = await meetingOf();
    expect(await ada.ask({ type: 'lock', locked: true })).toMatchObject({ code: 'forbidden' });
    expect(await host.ask({ type: 'lock', locked: true })).toMatchObject({
      type: 'meeting_updated',
      locked: true,
      by: host.id,
    });
    await ada.event('meeting_updated');
    expect(await host.ask({ type: 'lock', locked: true })).toMatchObject({ type: 'done' });
    expect(await room.join(joinRequest(meeting))).toMatchObject({ error: { code: 'meeting_locked' } });
    const second = await TestClient.join(room, meeting, { role: 'host' });
    expect(second.state?.locked).toBe(true);
    expect(await ada.resume()).toMatchObject({ type: 'joined' });
    expect(await room.command({ kind: 'owner' }, { type: 'lock', locked: false })).toMatchObject({
      ok: true,
    });
    expect(await ada.event('meeting_updated', ({ locked }) => !locked)).toMatchObject({ by: null });
    expect(await room.join(joinRequest(meeting))).toMatchObject({ ok: true });
  });
});

describe('settings', () => {
  it('take effect while the meeting runs', async () => {
    const { room, meeting, host, ada, bob } = await meetingOf();
    const node = await TestNode.dial(room, nodeIn('amsterdam'));
    await ada.ask({ type: 'screen_share_start', stream_id: `${ada.id}:screen` });
    expect(
      await ada.ask({ type: 'update_settings', settings: { allow_screen_share: 'host' } }),
    ).toMatchObject({ code: 'forbidden' });
    const settings = { allow_screen_share: 'host', allow_guests: false } as const;
    expect(await host.ask({ type: 'update_settings', settings })).toMatchObject({ settings });
    await bob.event('screen_share_stopped');
    await node.desired(({ participants }) =>
      participants.every(({ role, can_publish }) => role === 'host' || !can_publish.includes('screen')),
    );
    expect(await room.join(joinRequest(meeting))).toMatchObject({ error: { code: 'sign_in_required' } });
    expect(await room.join(joinRequest(meeting, { user_id: crypto.randomUUID() }))).toMatchObject({
      ok: true,
    });
    expect(await host.ask({ type: 'update_settings', settings })).toMatchObject({ type: 'done' });
  });

  it('follow the meeting when it was edited, and not what a cache still has', async () => {
    const { room, meeting, ada } = await meetingOf();
    const edited = {
      ...meeting,
      version: 2,
      title: 'Daily',
      settings: { ...meeting.settings, allow_chat: 'none' },
    };
    await room.recordChanged({ ...edited, settings: { ...edited.settings, allow_chat: 'none' as const } });
    expect(await ada.event('meeting_updated')).toMatchObject({ by: null, settings: { allow_chat: 'none' } });
    const late = await TestClient.join(room, meeting);
    expect(late.state).toMatchObject({ title: 'Daily', settings: { allow_chat: 'none' } });
    await room.recordChanged(meeting);
    expect((await room.state({ kind: 'owner' })).ok).toBe(true);
    expect(await room.state({ kind: 'owner' })).toMatchObject({ value: { title: 'Daily' } });
    const other = newRoom();
    await other.room.recordChanged(other.meeting);
    expect(await rows(other.room, 'select * from session')).toEqual([]);
  });
});
