import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeNode } from '../../test/support/node.ts';
import { cellOfRegion } from '../fleet/names.ts';
import { elapse, fakeClock, realClock, rows, timersOf } from './testing/clock.ts';
import { admitted, joinRequest, newRoom } from './testing/fixtures.ts';
import { TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(realClock);

describe('joining', () => {
  it('gives a place without showing the joiner to others before the socket is there', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, { display_name: 'Ada', role: 'host' });
    const admission = await admitted(room, meeting, { display_name: 'Bob' });
    expect(admission.meeting_state.participants.map((one) => one.display_name)).toEqual(['Ada']);
    expect(admission.sfu.node_id).toBe('amsterdam');
    expect(ada.participants.size).toBe(1);

    const bob = await TestClient.open(room, admission);
    const joined = await bob.ask({ type: 'join', media: { audio: true, video: false } });
    expect(joined).toMatchObject({ type: 'joined', delivery: 'webrtc', standby: null });
    expect([...bob.participants.values()].map((one) => one.display_name)).toEqual(['Ada', 'Bob']);
    const event = await ada.event('participant_joined');
    expect(event.participant).toMatchObject({
      participant_id: bob.id,
      display_name: 'Bob',
      media: { audio: true, video: false, screen: false },
    });
  });

  it('drops whoever never opens the socket, unseen', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await admitted(room, meeting);
    await elapse(room, 61_000);
    expect(await rows(room, 'select * from participants')).toHaveLength(1);
    const late = await TestClient.open(room, bob);
    expect(await late.ask({ type: 'join', media: { audio: true, video: true } })).toMatchObject({
      code: 'session_expired',
    });
    expect(await late.reader.closing()).toBe(4440);
    expect(ada.events).toEqual([]);
  });

  it('refuses when it is full and has a place again when somebody leaves', async () => {
    const { room, meeting } = newRoom({ max_participants: 2 });
    const ada = await TestClient.join(room, meeting);
    await admitted(room, meeting);
    expect(await room.join(joinRequest(meeting))).toMatchObject({
      ok: false,
      error: { code: 'meeting_full', retryAfterMs: expect.any(Number) },
    });
    await ada.ask({ type: 'leave' });
    expect(await room.join(joinRequest(meeting))).toMatchObject({ ok: true });
  });

  it('takes over when the same session joins again', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    const first = bob.reader;
    await bob.reconnect();
    expect(await bob.ask({ type: 'join', media: { audio: false, video: false } })).toMatchObject({
      type: 'joined',
      reset: true,
      state: expect.anything(),
    });
    await first.until(() => first.closed !== null);
    expect(first.closed?.code).toBe(4409);
    const update = await ada.event('participant_updated');
    expect(update.participant.media.audio).toBe(false);
    expect(ada.participants.size).toBe(2);
    // The old socket's close is not taken for the participant's.
    expect((await timersOf(room)).map(({ kind }) => kind)).not.toContain('blip');
  });

  it('silences newcomers under mute_on_entry, but not the host', async () => {
    const { room, meeting } = newRoom({ mute_on_entry: true });
    const host = await TestClient.join(room, meeting, { role: 'host' });
    const ada = await TestClient.join(room, meeting);
    expect(host.participants.get(host.id)?.media.audio).toBe(true);
    expect(ada.participants.get(ada.id)?.media.audio).toBe(false);
  });
});

describe('many at once', () => {
  it('costs each recipient a frame per batch, not one per joiner', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const many = 60;
    await Promise.all(Array.from({ length: many }, () => TestClient.join(room, meeting)));
    await ada.reader.until(() => ada.participants.size === many + 1);
    expect(ada.gaps).toEqual([]);
    const joins = ada.reader.frames.filter(({ type }) => type === 'batch' || type === 'participant_joined');
    expect(joins.length).toBeLessThan(many / 3);
  });
});

describe('the reserved place', () => {
  it('goes back to the cell when the meeting has a node there, and when the join is refused', async () => {
    const { room, meeting } = newRoom({ max_participants: 2 });
    await FakeNode.registered('room-release', 'node-1', 1);
    await FakeNode.registered('room-release', 'node-2', 1);
    const cell = env.CELLS.getByName(cellOfRegion('room-release'));
    const reserve = () => cell.reserve({ meeting_id: meeting.id, room_url: 'wss://room.example' });
    const reserved = async () => {
      const result = await reserve();
      if (!result.ok) throw new Error('refused');
      return result.value;
    };
    const first = await reserved();
    // Larger than the cell knows, so that the meeting's node has room for a second participant.
    const roomy = { ...first, node: { ...first.node, capacity: 100 } };
    const ada = await admitted(room, meeting, { reservation: roomy });
    const bob = await admitted(room, meeting, { reservation: await reserved() });
    expect(bob.sfu.node_id).toBe(ada.sfu.node_id);
    await expect.poll(async () => (await reserve()).ok).toBe(true);
    const refused = joinRequest(meeting, { reservation: { ...first, reservation_id: first.reservation_id } });
    expect(await room.join(refused)).toMatchObject({ error: { code: 'meeting_full' } });
    await expect.poll(async () => (await reserve()).ok).toBe(true);
  });
});

describe('leaving', () => {
  it('answers, closes, and tells the others', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    expect(await bob.ask({ type: 'leave' })).toMatchObject({ type: 'left' });
    expect(await bob.reader.closing()).toBe(1000);
    expect(await ada.event('participant_left')).toMatchObject({ participant_id: bob.id, reason: 'left' });
  });

  it('works over RPC, any number of times', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const caller = { participant_id: ada.id, session_id: ada.sessionId };
    expect(await room.leave({ ...caller, session_id: crypto.randomUUID() })).toEqual({
      ok: true,
      value: null,
    });
    expect(ada.reader.closed).toBeNull();
    expect(await room.leave(caller)).toEqual({ ok: true, value: null });
    expect(await ada.reader.closing()).toBe(1000);
    expect(await room.leave(caller)).toEqual({ ok: true, value: null });
  });

  it('stops the screen share', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    await bob.ask({ type: 'screen_share_start', stream_id: `${bob.id}:screen` });
    await bob.ask({ type: 'leave' });
    await ada.event('participant_left');
    expect(ada.events.map(({ type }) => type)).toEqual([
      'participant_joined',
      'screen_share_started',
      'screen_share_stopped',
      'participant_left',
    ]);
    expect(ada.state?.screen_share).toBeNull();
  });
});

describe('a lost socket', () => {
  it('shows nothing when it is back at once', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    await ada.event('participant_joined');
    bob.drop();
    await expect.poll(async () => (await timersOf(room)).map(({ kind }) => kind)).toContain('blip');
    await elapse(room, 1_000);
    expect(await bob.resume()).toMatchObject({ type: 'joined' });
    await elapse(room, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(ada.events.map(({ type }) => type)).toEqual(['participant_joined']);
  });

  it('shows reconnecting after a blip and ends with a timeout after the grace', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    bob.drop();
    await expect.poll(async () => (await timersOf(room)).map(({ kind }) => kind)).toContain('blip');
    await elapse(room, 3_000);
    const update = await ada.event('participant_updated');
    expect(update.participant.connection).toBe('reconnecting');
    await elapse(room, 26_000);
    expect(ada.events.map(({ type }) => type)).not.toContain('participant_left');
    await elapse(room, 2_000);
    expect(await ada.event('participant_left')).toMatchObject({ participant_id: bob.id, reason: 'timeout' });
    expect(await bob.resume()).toMatchObject({ type: 'error', code: 'session_expired' });
    expect(await bob.reader.closing()).toBe(4440);
  });
});
