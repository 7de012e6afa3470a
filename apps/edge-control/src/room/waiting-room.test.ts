import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { LIMITS, type MeetingSettings } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegistryCell } from '../fleet/registry-cell.ts';
import { accepted, refused } from '../result.ts';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { admitted, endByOwner, joinRequest, newRoom, type Room, sentToDoor } from './testing/fixtures.ts';
import { described, REMOTE, remoteNodes } from './testing/fleet.ts';
import { type FrameOf, TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const joined = (client: TestClient) =>
  client.reader.next((frame): frame is FrameOf<'joined'> => frame.type === 'joined');
const waiting = (client: TestClient) =>
  client.state?.waiting.map(({ display_name }) => display_name).toSorted() ?? [];

async function hosted(settings: Partial<MeetingSettings> = { waiting_room: true }) {
  const fleet = await remoteNodes();
  const { room, meeting } = newRoom(settings);
  const host = await TestClient.join(room, meeting, { display_name: 'Host', role: 'host' });
  const wait = (display_name: string, more: Parameters<typeof TestClient.wait>[2] = {}) =>
    TestClient.wait(room, meeting, { display_name, location: REMOTE, ...more });
  const seen = (names: string[]) => host.reader.until(() => waiting(host).join() === names.join());
  return { ...fleet, room, meeting, host, wait, seen };
}

describe('the waiting room', () => {
  it('keeps people at the door, without a word of the meeting, and shows them to hosts alone', async () => {
    const { room, meeting, host, wait, seen } = await hosted();
    const admission = await sentToDoor(room, meeting, { display_name: 'Eve' });
    expect(admission).toMatchObject({ status: 'waiting', title: 'Weekly', reason: 'waiting_room' });
    expect(admission).not.toHaveProperty('meeting_state');
    const ada = await wait('Ada');
    await seen(['Ada']);
    expect(ada.reader.frames).toMatchObject([{ type: 'waiting', title: 'Weekly', reason: 'waiting_room' }]);
    expect(await ada.ask({ type: 'chat', text: 'hello?', client_id: crypto.randomUUID() })).toMatchObject({
      code: 'not_joined',
    });
    const owner = await TestClient.join(room, meeting, { role: 'host' });
    expect(waiting(owner)).toEqual(['Ada']);
    expect(await room.state({ kind: 'owner' })).toMatchObject({
      value: { waiting: [{ display_name: 'Ada', guest: true }] },
    });
    await host.ask({ type: 'chat', text: 'secret', client_id: crypto.randomUUID() });
    expect(ada.reader.frames.map(({ type }) => type)).toEqual(['waiting', 'error']);
    // Nobody was given a place on a node.
    expect(await rows(room, 'select * from participants')).toHaveLength(2);
  });

  it('lets somebody in on the socket they wait with, near where they are', async () => {
    const { host, wait, seen } = await hosted();
    const ada = await wait('Ada', {});
    await seen(['Ada']);
    expect(await host.ask({ type: 'admit', target_user: ada.id })).toMatchObject({ type: 'done' });
    const entry = await joined(ada);
    expect(entry).toMatchObject({ participant_id: ada.id, state: { waiting: [] } });
    expect(entry.sfu.region).toMatch(/^far-/);
    expect(entry.ref).toBeUndefined();
    expect(ada.participants.get(ada.id)?.media).toMatchObject({ audio: true, video: true });
    await host.event('participant_joined', ({ participant }) => participant.participant_id === ada.id);
    await seen([]);
    await ada.ask({ type: 'chat', text: 'here', client_id: crypto.randomUUID() });
    await host.event('chat_broadcast');
    expect(await ada.resume()).toMatchObject({ type: 'joined' });
    expect([...host.gaps, ...ada.gaps]).toEqual([]);
  });

  it('lets everybody in at once, over REST too, and gathers what it says of it', async () => {
    const { room, host, wait, seen } = await hosted();
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`).toSorted();
    const clients = await Promise.all(names.map((name) => wait(name)));
    await seen(names);
    expect(await room.command({ kind: 'owner' }, { type: 'admit_all' })).toEqual({ ok: true, value: null });
    for (const client of clients) await joined(client);
    await seen([]);
    await host.reader.until(() => host.participants.size === 21);
    const singles = host.reader.frames.filter(({ type }) => type === 'waiting_room');
    expect(singles.length).toBeLessThan(20);
    expect(host.gaps).toEqual([]);
    expect(await host.ask({ type: 'admit_all' })).toMatchObject({ type: 'done' });
  });

  it('turns people away for the rest of the session: the ticket, and who had signed in', async () => {
    const { room, meeting, host, wait, seen } = await hosted();
    const user_id = crypto.randomUUID();
    const ada = await wait('Ada', { user_id });
    await seen(['Ada']);
    expect(await host.ask({ type: 'deny', target_user: ada.id })).toMatchObject({ type: 'done' });
    expect(await ada.reader.closing()).toBe(4406);
    await seen([]);
    expect(await ada.resume()).toMatchObject({ type: 'error', code: 'denied' });
    expect(await ada.reader.closing()).toBe(4406);
    await ada.reconnect();
    expect(await ada.ask({ type: 'join', media: { audio: true, video: true } })).toMatchObject({
      code: 'denied',
    });
    expect(await room.join(joinRequest(meeting, { user_id }))).toMatchObject({ error: { code: 'denied' } });
    expect(await room.join(joinRequest(meeting, { user_id, role: 'host' }))).toMatchObject({ ok: true });
    expect(await host.ask({ type: 'deny', target_user: ada.id })).toMatchObject({
      code: 'unknown_participant',
    });
  });

  it('is attended by co-hosts, not by participants', async () => {
    const { host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    const bob = await wait('Bob');
    await seen(['Ada', 'Bob']);
    await host.ask({ type: 'admit', target_user: ada.id });
    await joined(ada);
    expect(await ada.ask({ type: 'admit', target_user: bob.id })).toMatchObject({ code: 'forbidden' });
    expect(await ada.ask({ type: 'deny', target_user: bob.id })).toMatchObject({ code: 'forbidden' });
    expect(waiting(ada)).toEqual([]);
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'co_host' });
    await ada.reader.until(() => waiting(ada).join() === 'Bob');
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'participant' });
    await ada.reader.until(() => waiting(ada).length === 0);
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'co_host' });
    expect(await ada.ask({ type: 'admit', target_user: bob.id })).toMatchObject({ type: 'done' });
    await joined(bob);
    expect([...ada.gaps, ...host.gaps]).toEqual([]);
  });

  it('keeps the wait over reconnects, hibernation and restarts, and not for longer than the grace', async () => {
    const { room, host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    await seen(['Ada']);
    await new Promise((resolve) => setTimeout(resolve, ROOM.events.coalesceMs + 20));
    await evictDurableObject(room);
    ada.drop();
    await ada.reader.closing();
    expect(await ada.resume()).toMatchObject({ type: 'waiting' });
    await elapse(room, ROOM.participant.graceMs + 1_000);
    await evictDurableObject(room, { webSockets: 'close' });
    expect(await host.resume()).toMatchObject({ type: 'joined' });
    expect(waiting(host)).toEqual(['Ada']);
    expect(await ada.resume()).toMatchObject({ type: 'waiting' });
    await elapse(room, ROOM.participant.graceMs + 1_000);
    expect(waiting(host)).toEqual(['Ada']);
    ada.drop();
    await ada.reader.closing();
    await elapse(room, ROOM.participant.graceMs + 1_000);
    await seen([]);
    expect(await ada.resume()).toMatchObject({ code: 'session_expired' });
    expect(host.gaps).toEqual([]);
  });

  it('lets somebody in who is away for a moment, when they are back', async () => {
    const { room, host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    await seen(['Ada']);
    ada.drop();
    await expect.poll(() => rows(room, "select * from timers where kind = 'grace'")).toHaveLength(1);
    expect(await host.ask({ type: 'admit', target_user: ada.id })).toMatchObject({ type: 'done' });
    await seen([]);
    const stranger = ada.secret;
    ada.secret = 'guessed';
    expect(await ada.resume()).toMatchObject({ code: 'session_expired' });
    ada.secret = stranger;
    expect(await ada.resume()).toMatchObject({ type: 'joined', state: expect.anything() });
    await host.event('participant_joined', ({ participant }) => participant.participant_id === ada.id);
  });

  it('closes the older of two sockets, and lets people go by themselves', async () => {
    const { host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    const { reader } = ada;
    expect(await ada.resume()).toMatchObject({ type: 'waiting' });
    expect(await reader.closing()).toBe(4409);
    expect(await ada.ask({ type: 'leave' })).toMatchObject({ type: 'left' });
    expect(await ada.reader.closing()).toBe(1000);
    await seen([]);
    expect(host.gaps).toEqual([]);
  });

  it('ends a wait that nobody ends', async () => {
    const { room, host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    await seen(['Ada']);
    await elapse(room, ROOM.door.waitMs + 1_000);
    expect(await ada.reader.closing()).toBe(4440);
    await seen([]);
    expect(host.gaps).toEqual([]);
  });

  it('has a limit', async () => {
    const { room, meeting } = newRoom({ waiting_room: true });
    const { participant_id } = await sentToDoor(room, meeting);
    await fillDoor(room, LIMITS.waiting - 1);
    expect(await room.join(joinRequest(meeting))).toMatchObject({ error: { code: 'overloaded' } });
    await elapse(room, ROOM.participant.admissionMs + 1_000);
    expect(await rows(room, `select * from waiting where participant_id = '${participant_id}'`)).toEqual([]);
    expect(await room.join(joinRequest(meeting))).toMatchObject({ ok: true });
  });

  it('leaves somebody waiting for whom there is no place', async () => {
    const { room, host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    await seen(['Ada']);
    const full = vi
      .spyOn(RegistryCell.prototype, 'reserve')
      .mockResolvedValue(refused('no_capacity', 'all full', 1_000));
    expect(await host.ask({ type: 'admit', target_user: ada.id })).toMatchObject({
      type: 'error',
      code: 'no_capacity',
    });
    expect(waiting(host)).toEqual(['Ada']);
    expect(await room.command({ kind: 'owner' }, { type: 'admit', target_user: ada.id })).toMatchObject({
      error: { code: 'no_capacity' },
    });
    full.mockRestore();
    expect(await host.ask({ type: 'admit', target_user: ada.id })).toMatchObject({ type: 'done' });
    await joined(ada);
  });

  it('is empty once the meeting has ended', async () => {
    const { room, wait } = await hosted();
    const ada = await wait('Ada');
    await endByOwner(room);
    expect(await ada.reader.closing()).toBe(4410);
    expect(await rows(room, 'select * from waiting')).toEqual([]);
  });

  it('lets those in who wait when it is switched off', async () => {
    const { host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    await seen(['Ada']);
    expect(await host.ask({ type: 'update_settings', settings: { waiting_room: false } })).toMatchObject({
      type: 'meeting_updated',
      settings: { waiting_room: false },
      by: host.id,
    });
    await joined(ada);
    await seen([]);
  });

  it('tries again by itself when there was no place for somebody whom nothing keeps', async () => {
    const { nodes, room, host, wait, seen } = await hosted();
    const ada = await wait('Ada');
    await seen(['Ada']);
    const full = vi
      .spyOn(RegistryCell.prototype, 'reserve')
      .mockResolvedValue(refused('no_capacity', 'full'));
    await host.ask({ type: 'update_settings', settings: { waiting_room: false } });
    await expect.poll(() => full.mock.calls.length).toBeGreaterThan(0);
    const node = described(nodes[0]);
    const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node };
    full.mockResolvedValue(accepted(reservation));
    await elapse(room, ROOM.door.retryMs + 100);
    await joined(ada);
    await elapse(room, ROOM.door.retryMs + 100);
    expect(await rows(room, "select * from timers where kind = 'door'")).toEqual([]);
  });
});

/** Others at the door, as if they had come one by one. */
async function fillDoor(room: Room, count: number): Promise<void> {
  await runInDurableObject(room, (_, { storage: { sql } }) => {
    const [one] = sql.exec<{ body: string }>('select body from waiting').toArray();
    for (let i = 0; i < count; i += 1) {
      const participant_id = crypto.randomUUID();
      const body = JSON.stringify({ ...JSON.parse(one?.body ?? ''), participant_id });
      sql.exec('insert into waiting (participant_id, body) values (?, ?)', participant_id, body);
    }
  });
  await evictDurableObject(room);
}

describe('a meeting that waits for its host', () => {
  it('lets everybody in when the host comes', async () => {
    await remoteNodes();
    const { room, meeting } = newRoom({ join_before_host: false });
    const ada = await TestClient.wait(room, meeting, { location: REMOTE });
    expect(ada.reader.frames).toMatchObject([{ reason: 'host_absent' }]);
    // Nothing has begun, so there is nothing of it in Postgres.
    await elapse(room, 1_000);
    expect(await rows(room, 'select * from outbox')).toEqual([]);
    const host = await TestClient.join(room, meeting, { role: 'host' });
    await joined(ada);
    await host.event('participant_joined', ({ participant }) => participant.participant_id === ada.id);
    // From then on nobody waits, also without a host.
    await host.ask({ type: 'leave' });
    expect((await admitted(room, meeting)).status).toBe('admitted');
  });

  it('keeps them waiting for a word of the host when there is a waiting room, and says so', async () => {
    const { room, meeting } = newRoom({ join_before_host: false, waiting_room: true });
    const ada = await TestClient.wait(room, meeting, { location: REMOTE });
    expect(ada.reader.frames).toMatchObject([{ reason: 'host_absent' }]);
    await TestClient.join(room, meeting, { role: 'host' });
    await ada.reader.next(
      (frame): frame is FrameOf<'waiting'> => frame.type === 'waiting' && frame.reason === 'waiting_room',
    );
    expect(await ada.resume()).toMatchObject({ type: 'waiting', reason: 'waiting_room' });
  });

  it('leaves no history when nobody ever came in', async () => {
    const { room, meeting } = newRoom({ join_before_host: false });
    const ada = await TestClient.wait(room, meeting);
    await ada.ask({ type: 'leave' });
    await elapse(room, ROOM.session.emptyGraceMs + 1_000);
    expect(await rows(room, 'select body from session')).toMatchObject([
      { body: expect.stringContaining('"ending"') },
    ]);
    expect(await rows(room, 'select * from outbox')).toEqual([]);
    await elapse(room, ROOM.session.deleteAfterMs + 1_000);
    expect(await rows(room, 'select body from session')).toEqual([]);
  });
});
