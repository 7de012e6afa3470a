import type { MeetingSettings } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { joinRequest, newRoom, nodeIn } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

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

describe('mute_all', () => {
  it('silences everybody but hosts and co-hosts, in one frame for each', async () => {
    const { room, meeting, host, ada, bob, node, mutedAtNode } = await meetingOf();
    await host.ask({ type: 'set_role', target_user: bob.id, role: 'co_host' });
    const eve = await TestClient.join(room, meeting, { display_name: 'Eve' }, { audio: false, video: true });
    expect(await ada.ask({ type: 'mute_all' })).toMatchObject({ code: 'forbidden' });
    expect(await bob.ask({ type: 'mute_all' })).toMatchObject({ type: 'done' });
    await host.event('media_state', ({ participant_id, by }) => participant_id === ada.id && by === bob.id);
    // Eve said that her microphone was off; now the nodes know it too.
    await node.desired(() => [ada, eve].every((one) => mutedAtNode(one)?.join() === 'microphone'));
    expect([mutedAtNode(host), mutedAtNode(bob)]).toEqual([[], []]);
    expect(host.events.filter(({ type }) => type === 'media_state')).toHaveLength(1);
    expect(await ada.ask({ type: 'unmute', media: 'audio' })).toMatchObject({ media: { audio: true } });
  });

  it('is one batch for many', async () => {
    const { room, meeting } = newRoom();
    const host = await TestClient.join(room, meeting, { role: 'host' });
    for (let i = 0; i < 12; i += 1) await TestClient.join(room, meeting);
    await host.reader.until(() => host.participants.size === 13);
    const before = host.reader.frames.length;
    await host.ask({ type: 'mute_all' });
    await host.reader.until(() =>
      [...host.participants.values()].every((one) => one.role === 'host' || !one.media.audio),
    );
    expect(host.reader.frames.slice(before).map(({ type }) => type)).toEqual(['batch', 'done']);
  });
});

describe('where participants may not unmute', () => {
  it('a microphone that is off is off at the nodes, until a host asks for it', async () => {
    const { room, meeting, host, ada, mutedAtNode, node } = await meetingOf({ allow_unmute: false });
    expect(ada.participants.get(ada.id)?.media.audio).toBe(false);
    await node.desired(() => mutedAtNode(ada)?.join() === 'microphone');
    expect(await ada.ask({ type: 'unmute', media: 'audio' })).toMatchObject({ code: 'forbidden' });
    expect(await ada.ask({ type: 'request_unmute', target_user: ada.id })).toMatchObject({
      code: 'forbidden',
    });

    expect(await host.ask({ type: 'request_unmute', target_user: ada.id })).toMatchObject({ type: 'done' });
    expect(await ada.event('unmute_requested')).toMatchObject({ by: host.id });
    await node.desired(() => mutedAtNode(ada)?.length === 0);
    expect(await ada.ask({ type: 'unmute', media: 'audio' })).toMatchObject({ media: { audio: true } });

    await host.ask({ type: 'mute', media: 'audio', target_user: ada.id });
    await node.desired(() => mutedAtNode(ada)?.join() === 'microphone');
    expect(await ada.ask({ type: 'unmute', media: 'audio' })).toMatchObject({ code: 'forbidden' });
    expect(await host.ask({ type: 'unmute', media: 'audio' })).toMatchObject({ media: { audio: true } });
    const late = await TestClient.join(room, meeting);
    await node.desired(() => mutedAtNode(late)?.join() === 'microphone');
  });

  it('holds for those who fall silent after the setting was changed', async () => {
    const { host, ada, bob, mutedAtNode, node } = await meetingOf();
    await bob.ask({ type: 'mute', media: 'audio' });
    await host.ask({ type: 'update_settings', settings: { allow_unmute: false } });
    await node.desired(() => mutedAtNode(bob)?.join() === 'microphone' && mutedAtNode(ada)?.length === 0);
    await ada.ask({ type: 'mute', media: 'audio' });
    await node.desired(() => mutedAtNode(ada)?.join() === 'microphone');
    // Another page of hers changes nothing about it.
    await ada.reconnect();
    await ada.ask({ type: 'join', media: { audio: true, video: true } });
    expect(ada.participants.get(ada.id)?.media.audio).toBe(false);
  });
});

describe('hands, reactions and names', () => {
  it('raises hands, which hosts take down', async () => {
    const { host, ada, bob } = await meetingOf();
    expect(await ada.ask({ type: 'raise_hand', raised: true })).toMatchObject({
      type: 'raise_hand',
      participant_id: ada.id,
      raised_at: expect.any(Number),
      by: ada.id,
    });
    await bob.event('raise_hand');
    expect(bob.participants.get(ada.id)?.hand_raised_at).toEqual(expect.any(Number));
    expect(await ada.ask({ type: 'raise_hand', raised: true })).toMatchObject({ type: 'done' });
    expect(await bob.ask({ type: 'raise_hand', raised: false, target_user: ada.id })).toMatchObject({
      code: 'forbidden',
    });
    expect(await host.ask({ type: 'raise_hand', raised: true, target_user: bob.id })).toMatchObject({
      code: 'forbidden',
    });
    expect(await host.ask({ type: 'raise_hand', raised: false, target_user: ada.id })).toMatchObject({
      raised_at: null,
      by: host.id,
    });
  });

  it('shows reactions to all, keeps none, and bears only so many', async () => {
    const { room, ada, bob } = await meetingOf();
    const before = await rows(room, 'select count(*) as n from events');
    for (let i = 0; i < ROOM.reactionRate.burst; i += 1) {
      expect(await ada.ask({ type: 'reaction', reaction: 'clap' })).toMatchObject({ type: 'done' });
    }
    expect(await ada.ask({ type: 'reaction', reaction: 'clap' })).toMatchObject({ code: 'rate_limited' });
    await bob.reader.until(
      () => bob.reader.frames.filter(({ type }) => type === 'reaction').length === ROOM.reactionRate.burst,
    );
    expect(await rows(room, 'select count(*) as n from events')).toEqual(before);
  });

  it('renames oneself, and others when one is a host', async () => {
    const { room, host, ada, bob } = await meetingOf();
    expect(await ada.ask({ type: 'rename', display_name: ' Ada L. ' })).toMatchObject({
      type: 'participant_updated',
      participant: { display_name: 'Ada L.' },
    });
    await bob.event('participant_updated', ({ participant }) => participant.display_name === 'Ada L.');
    expect(await bob.ask({ type: 'rename', display_name: 'x', target_user: ada.id })).toMatchObject({
      code: 'forbidden',
    });
    await host.ask({ type: 'rename', display_name: 'Robert', target_user: bob.id });
    const records = await rows<{ body: string }>(room, 'select body from outbox order by seq');
    expect(JSON.parse(records.at(-1)?.body ?? '')).toMatchObject({ display_name: 'Robert' });
  });
});

describe('over REST', () => {
  it('the owner and people in the meeting act by the same rules', async () => {
    const { room, host, ada, bob, node, mutedAtNode } = await meetingOf();
    const as = (client: TestClient) => ({ kind: 'participant', caller: client.caller }) as const;
    const muteBob = { type: 'mute', media: 'audio', target_user: bob.id } as const;
    expect(await room.command(as(ada), muteBob)).toMatchObject({ error: { code: 'forbidden' } });
    expect(await room.command({ kind: 'owner' }, muteBob)).toMatchObject({ ok: true });
    expect(await ada.event('media_state')).toMatchObject({ participant_id: bob.id, by: null });
    await node.desired(() => mutedAtNode(bob)?.join() === 'microphone');
    expect(await room.command({ kind: 'owner' }, { type: 'mute', media: 'audio' })).toMatchObject({
      error: { code: 'unprocessable' },
    });
    expect(await room.command(as(ada), { type: 'mute', media: 'video' })).toMatchObject({ ok: true });
    await host.event('media_state', ({ by }) => by === ada.id);
    expect(ada.reader.frames.map(({ type }) => type)).not.toContain('done');
    expect(await room.command(as(host), { type: 'remove', target_user: ada.id })).toMatchObject({ ok: true });
    expect(await room.command(as(ada), { type: 'mute', media: 'video' })).toMatchObject({
      error: { code: 'removed' },
    });
    expect(await room.state(as(ada))).toMatchObject({ error: { code: 'removed' } });
    expect(await room.sfu(bob.caller)).toMatchObject({ value: { sfu: { node_id: 'amsterdam' } } });
    const stranger = newRoom().room;
    expect(await stranger.command({ kind: 'owner' }, muteBob)).toMatchObject({
      error: { code: 'not_found' },
    });
    expect(await stranger.state({ kind: 'owner' })).toMatchObject({ error: { code: 'not_found' } });
    expect(await stranger.sfu(bob.caller)).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('remove', () => {
  it('keeps them out for the rest of the session: the ticket, and who had signed in', async () => {
    const { room, meeting, host } = await meetingOf();
    const user_id = crypto.randomUUID();
    const eve = await TestClient.join(room, meeting, { user_id });
    await host.ask({ type: 'remove', target_user: eve.id });
    expect(await room.join(joinRequest(meeting, { user_id }))).toMatchObject({ error: { code: 'removed' } });
    // Longer than any token lives.
    await elapse(room, 3_600_000);
    expect(await eve.resume()).toMatchObject({ code: 'removed' });
    expect(await room.join(joinRequest(meeting, { user_id, role: 'host' }))).toMatchObject({ ok: true });
  });

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

  it('is cut at every node at once: where they are, where they fall back to, and where they are not', async () => {
    const { room, meeting } = newRoom();
    spareNodes(nodeIn('frankfurt'));
    const host = await TestClient.join(room, meeting, { role: 'host' });
    const ada = await TestClient.join(room, meeting);
    await expect.poll(() => rows(room, 'select node_id from nodes')).toHaveLength(2);
    const virginia = nodeIn('virginia');
    const reservation = { reservation_id: crypto.randomUUID(), cell: 'us-east:0', node: virginia };
    await TestClient.join(room, meeting, { reservation, location: virginia.location });
    const links = [nodeIn('amsterdam'), nodeIn('frankfurt'), virginia].map((node) =>
      TestNode.dial(room, node),
    );
    const nodes = await Promise.all(links);
    for (const node of nodes) await node.desired((state) => state.participants.length === 3);
    const before = performance.now();
    host.send({ type: 'remove', target_user: ada.id });
    const told = await Promise.all(nodes.map((node) => node.desired((state) => state.revoked.length === 1)));
    // Of the 500 ms that a removal may take, the nodes need some.
    expect(performance.now() - before).toBeLessThan(300);
    for (const state of told) expect(state.revoked).toEqual([{ session_id: ada.sessionId, min_gen: 2 }]);
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

  it('is ended by hosts, at the node too, until it is started anew', async () => {
    const { host, ada, bob, node, mutedAtNode } = await meetingOf();
    await share(ada);
    const stop = { type: 'screen_share_stop', target_user: ada.id } as const;
    expect(await bob.ask(stop)).toMatchObject({ code: 'forbidden' });
    expect(await host.ask({ ...stop, target_user: bob.id })).toMatchObject({ code: 'unknown_stream' });
    expect(await host.ask(stop)).toMatchObject({ type: 'screen_share_stopped', participant_id: ada.id });
    await node.desired(() => mutedAtNode(ada)?.join() === 'screen,screen_audio');
    expect(await share(ada)).toMatchObject({ type: 'screen_share_started' });
    await node.desired(() => mutedAtNode(ada)?.length === 0);
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
