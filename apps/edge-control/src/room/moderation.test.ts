import type { MeetingSettings } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elapse, fakeClock, realClock } from './testing/clock.ts';
import { newRoom, nodeIn } from './testing/fixtures.ts';
import { TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(realClock);

async function meetingOf(settings: Partial<MeetingSettings> = {}) {
  const { room, meeting } = newRoom(settings);
  const host = await TestClient.join(room, meeting, { display_name: 'Host', role: 'host' });
  const ada = await TestClient.join(room, meeting, { display_name: 'Ada' });
  const bob = await TestClient.join(room, meeting, { display_name: 'Bob' });
  const node = await TestNode.dial(room, nodeIn('amsterdam'));
  const mutedAtNode = (client: TestClient) =>
    node.states.at(-1)?.participants.find((one) => one.participant_id === client.id)?.hard_muted;
  return { room, meeting, host, ada, bob, node, mutedAtNode };
}

describe('mute', () => {
  it('of oneself is seen by all and changes nothing at the nodes', async () => {
    const { ada, bob, node } = await meetingOf();
    const before = (await node.desired()).version;
    const answer = await ada.ask({ type: 'mute', media: 'audio' });
    expect(answer).toMatchObject({ type: 'media_state', by: ada.id, media: { audio: false, video: true } });
    expect(await bob.event('media_state')).toMatchObject({ participant_id: ada.id });
    await ada.ask({ type: 'video_toggle', enabled: false });
    await bob.event('media_state', ({ media }) => !media.video);
    expect(bob.participants.get(ada.id)?.media).toMatchObject({ audio: false, video: false });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(node.states.at(-1)?.version).toBe(before);
  });

  it('by a host holds at the nodes until the participant lifts it', async () => {
    const { host, ada, bob, node, mutedAtNode } = await meetingOf();
    await node.desired((state) => state.participants.length === 3);
    await host.ask({ type: 'mute', media: 'audio', target_user: ada.id });
    expect(await bob.event('media_state')).toMatchObject({ participant_id: ada.id, by: host.id });
    await node.desired(() => mutedAtNode(ada)?.includes('microphone') === true);
    await host.ask({ type: 'mute', media: 'video', target_user: ada.id });
    await node.desired(() => mutedAtNode(ada)?.length === 2);
    expect(mutedAtNode(bob)).toEqual([]);

    expect(await ada.ask({ type: 'unmute', media: 'audio' })).toMatchObject({ media: { audio: true } });
    await node.desired(() => mutedAtNode(ada)?.join() === 'camera');
    await ada.ask({ type: 'video_toggle', enabled: true });
    await node.desired(() => mutedAtNode(ada)?.length === 0);
  });

  it('survives a takeover: whoever was silenced does not come back audible', async () => {
    const { host, ada, mutedAtNode, node } = await meetingOf();
    await host.ask({ type: 'mute', media: 'audio', target_user: ada.id });
    await ada.reconnect();
    await ada.ask({ type: 'join', media: { audio: true, video: true } });
    expect(ada.participants.get(ada.id)?.media).toMatchObject({ audio: false, video: true });
    await node.desired(() => mutedAtNode(ada)?.join() === 'microphone');
  });

  it('on entry holds at the nodes as well', async () => {
    const { host, ada, mutedAtNode, node } = await meetingOf({ mute_on_entry: true });
    await node.desired(() => mutedAtNode(ada)?.join() === 'microphone');
    expect(mutedAtNode(host)).toEqual([]);
    await ada.ask({ type: 'unmute', media: 'audio' });
    await node.desired(() => mutedAtNode(ada)?.length === 0);
    expect(host.participants.get(ada.id)?.media.audio).toBe(true);
  });

  it('of others is refused without the role, and of nobody too', async () => {
    const { host, ada, bob } = await meetingOf();
    expect(await ada.ask({ type: 'mute', media: 'audio', target_user: bob.id })).toMatchObject({
      type: 'error',
      code: 'forbidden',
    });
    const nobody = crypto.randomUUID();
    expect(await host.ask({ type: 'mute', media: 'audio', target_user: nobody })).toMatchObject({
      code: 'unknown_participant',
    });
    expect(bob.events).toEqual([]);
  });
});

describe('remove', () => {
  it('closes the socket, revokes the session and tells the others', async () => {
    const { host, ada, bob, node } = await meetingOf();
    await node.desired((state) => state.participants.length === 3);
    expect(await host.ask({ type: 'remove', target_user: ada.id })).toMatchObject({
      type: 'participant_left',
      participant_id: ada.id,
      reason: 'removed',
    });
    expect(await ada.reader.closing()).toBe(4403);
    await bob.event('participant_left');
    const desired = await node.desired((state) => state.participants.length === 2);
    expect(desired.revoked).toEqual([{ session_id: ada.sessionId, min_gen: 2 }]);
    expect(await ada.resume()).toMatchObject({ type: 'error', code: 'removed' });
    expect(await ada.reader.closing()).toBe(4403);
  });

  it('is remembered at the nodes for as long as a token could live', async () => {
    const { room, host, ada, node } = await meetingOf();
    await host.ask({ type: 'remove', target_user: ada.id });
    await node.desired((state) => state.revoked.length === 1);
    await elapse(room, 120_000);
    expect(node.states.at(-1)?.revoked).toHaveLength(1);
    await elapse(room, 20_000);
    await node.desired((state) => state.revoked.length === 0);
  });

  it('is refused without the role, on the host, on oneself and on nobody', async () => {
    const { host, ada, bob } = await meetingOf();
    expect(await ada.ask({ type: 'remove', target_user: bob.id })).toMatchObject({ code: 'forbidden' });
    expect(await ada.ask({ type: 'remove', target_user: host.id })).toMatchObject({ code: 'forbidden' });
    expect(await host.ask({ type: 'remove', target_user: host.id })).toMatchObject({ code: 'unprocessable' });
    expect(await host.ask({ type: 'remove', target_user: crypto.randomUUID() })).toMatchObject({
      code: 'unknown_participant',
    });
  });
});

describe('screen share', () => {
  const share = (client: TestClient) =>
    client.ask({ type: 'screen_share_start', stream_id: `${client.id}:screen` });

  it('is one at a time, and the host can take it over', async () => {
    const { host, ada, bob } = await meetingOf();
    expect(await share(ada)).toMatchObject({ type: 'screen_share_started' });
    expect(await share(bob)).toMatchObject({ type: 'error', code: 'screen_share_taken' });
    expect(await share(host)).toMatchObject({ type: 'screen_share_started' });
    expect(await ada.event('screen_share_stopped')).toMatchObject({ participant_id: ada.id });
    expect(await ada.ask({ type: 'screen_share_stop' })).toMatchObject({ code: 'unknown_stream' });
    expect(await host.ask({ type: 'screen_share_stop' })).toMatchObject({ type: 'screen_share_stopped' });
    expect(await share(bob)).toMatchObject({ type: 'screen_share_started' });
  });

  it('is only of one own screen', async () => {
    const { ada, bob } = await meetingOf();
    for (const stream_id of [`${bob.id}:screen`, `${ada.id}:camera`]) {
      expect(await ada.ask({ type: 'screen_share_start', stream_id })).toMatchObject({
        code: 'unknown_stream',
      });
    }
  });

  it('follows the settings, at the nodes too', async () => {
    const { host, ada, node } = await meetingOf({ allow_screen_share: 'host' });
    expect(await share(ada)).toMatchObject({ code: 'forbidden' });
    expect(await share(host)).toMatchObject({ type: 'screen_share_started' });
    const desired = await node.desired((state) => state.participants.length === 3);
    const publishable = new Map(desired.participants.map((one) => [one.participant_id, one.can_publish]));
    expect(publishable.get(ada.id)).toEqual(['microphone', 'camera']);
    expect(publishable.get(host.id)).toContain('screen');
  });
});
