import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Admitted, AtTheDoor, JoinResponse, MeetingSettings } from '@meridian/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, knownMeeting, problemIn } from '../../test/support/api.ts';
import { FakeNode } from '../../test/support/node.ts';
import { cookie, OTHER_ID, OWNER_ID } from '../../test/support/scene.ts';
import { cellOfRegion } from '../fleet/names.ts';
import { forgetSnapshot } from '../fleet/snapshot-cache.ts';
import { spareNodes } from '../room/testing/spare-nodes.ts';
import { TestClient } from '../room/testing/test-client.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const join = (ref: string, body: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  call(`/api/v1/meetings/${ref}/join`, { body: { display_name: 'Ann', ...body }, headers });

/** Nodes last as long as the file: what one test needs must not be in the way of the others. */
async function withNode(
  region: string,
  capacity: number,
  work: (node: FakeNode) => Promise<void>,
): Promise<void> {
  const node = await FakeNode.registered(region, `${region}-node`, capacity);
  forgetSnapshot();
  try {
    await work(node);
  } finally {
    node.frames.close();
    await node.frames.closed;
    forgetSnapshot();
  }
}

/** Places of a cell that could still be reserved: those that can be, given back again. */
async function freePlaces(region: string): Promise<number> {
  return runInDurableObject(env.CELLS.getByName(cellOfRegion(region)), async (cell) => {
    const taken: string[] = [];
    for (;;) {
      const result = await cell.reserve({ meeting_id: crypto.randomUUID(), room_url: 'wss://meet.test' });
      if (!result.ok) break;
      taken.push(result.value.reservation_id);
    }
    for (const id of taken) await cell.release(id);
    return taken.length;
  });
}

async function eventually(read: () => Promise<number>, expected: number): Promise<void> {
  for (const end = Date.now() + 3_000; Date.now() < end; ) {
    if ((await read()) === expected) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await read()).toBe(expected);
}

describe('POST /meetings/{id}/join', () => {
  it('says where everything is: the whole answer, by id and by code', async () => {
    const meeting = await knownMeeting();
    await withNode('eu-join', 10, async (node) => {
      for (const ref of [meeting.id, meeting.code]) {
        const response = await join(ref);
        expect(response.status).toBe(200);
        const joined = JoinResponse.parse(await response.json());
        expect(joined).toMatchObject({
          status: 'admitted',
          role: 'participant',
          signaling_url: `wss://meet.test/api/v1/meetings/${meeting.id}/signal`,
          ice_servers: [],
          sfu: { node_id: 'eu-join-node', url: 'wss://eu-join-node.test/client' },
          meeting_state: { meeting_id: meeting.id, code: meeting.code },
        });
      }
      expect(await node.frames.next('host_meeting')).toMatchObject({
        meeting_id: meeting.id,
        room_url: `wss://meet.test/api/v1/meetings/${meeting.id}/room-link`,
      });
    });
  });

  it('makes a host of whoever has the host key, without the password', async () => {
    const meeting = await knownMeeting({ password: 'pass word', host_key: 'abc' });
    await withNode('eu-host', 10, async () => {
      const response = await join(meeting.id, { host_key: 'abc' });
      expect(await response.json()).toMatchObject({ role: 'host' });
    });
  });

  it('asks for the password, and gives the place back when it is wrong', async () => {
    const meeting = await knownMeeting({ password: 'pass word', host_key: 'abc' });
    await withNode('eu-password', 5, async () => {
      expect(await problemIn(await join(meeting.id))).toMatchObject({
        status: 403,
        code: 'password_required',
      });
      const wrong = await join(meeting.id, { password: 'password' });
      expect(await problemIn(wrong)).toMatchObject({ status: 403, code: 'wrong_password' });
      const key = await join(meeting.id, { host_key: 'abd' });
      expect(await problemIn(key)).toMatchObject({ status: 403, code: 'wrong_host_key' });
      await eventually(() => freePlaces('eu-password'), 5);
      expect((await join(meeting.id, { password: 'pass word' })).status).toBe(200);
    });
  });

  it('knows who has signed in: the owner as host, without the password', async () => {
    const meeting = await knownMeeting({ password: 'pass word', owner_id: OWNER_ID });
    await withNode('eu-owner', 10, async () => {
      expect(await (await join(meeting.id, {}, await cookie(OWNER_ID))).json()).toMatchObject({
        role: 'host',
      });
      const other = await join(meeting.id, {}, await cookie(OTHER_ID));
      expect(await problemIn(other)).toMatchObject({ code: 'password_required' });
      const right = await join(meeting.id, { password: 'pass word' }, await cookie(OTHER_ID));
      const { meeting_state, role, participant_id } = Admitted.parse(await right.json());
      expect(role).toBe('participant');
      expect(meeting_state.participants.map((one) => one.participant_id)).not.toContain(participant_id);
    });
  });

  it('asks guests to sign in where there are none, before it asks for a password', async () => {
    const settings = MeetingSettings.parse({ allow_guests: false });
    const meeting = await knownMeeting({ password: 'pass word', host_key: 'abc', settings });
    await withNode('eu-guests', 10, async () => {
      const guest = await join(meeting.id, { password: 'pass word' });
      expect(await problemIn(guest)).toMatchObject({ status: 401, code: 'sign_in_required' });
      const user = await join(meeting.id, { password: 'pass word' }, await cookie(OTHER_ID));
      expect(user.status).toBe(200);
      expect((await join(meeting.id, { host_key: 'abc' })).status).toBe(200);
    });
  });

  it('lets nobody but hosts into a locked meeting', async () => {
    const meeting = await knownMeeting({ host_key: 'abc' });
    await withNode('eu-locked', 10, async () => {
      expect((await join(meeting.id)).status).toBe(200);
      const lock = await call(`/api/v1/meetings/${meeting.id}/lock`, {
        method: 'POST',
        headers: { 'x-host-key': 'abc' },
      });
      expect(lock.status).toBe(204);
      expect(await problemIn(await join(meeting.id))).toMatchObject({ status: 423, code: 'meeting_locked' });
      expect((await join(meeting.id, { host_key: 'abc' })).status).toBe(200);
    });
  });

  it('sends people to the door, and gives the place back', async () => {
    const meeting = await knownMeeting({ settings: MeetingSettings.parse({ waiting_room: true }) });
    await withNode('eu-door', 5, async () => {
      const answer = AtTheDoor.parse(await (await join(meeting.id)).json());
      expect(answer).toMatchObject({ role: 'participant', title: meeting.title, reason: 'host_absent' });
      await eventually(() => freePlaces('eu-door'), 5);
    });
  });

  it('makes one participant of tries with the same Idempotency-Key', async () => {
    const meeting = await knownMeeting();
    await withNode('eu-idempotent', 5, async () => {
      const headers = { 'idempotency-key': crypto.randomUUID(), 'cf-connecting-ip': '192.0.2.9' };
      const first = Admitted.parse(await (await join(meeting.id, {}, headers)).json());
      const again = await join(meeting.id, {}, headers);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(Admitted.parse(await again.json())).toEqual(first);
      expect(await freePlaces('eu-idempotent')).toBe(4);
      const other = await join(meeting.id, { display_name: 'Ben' }, headers);
      expect(await problemIn(other)).toMatchObject({ status: 409, code: 'idempotency_conflict' });
    });
  });

  it('stops listening to those who guess, and to nobody else', async () => {
    const meeting = await knownMeeting({ password: 'pass word' });
    await withNode('eu-guess', 100, async () => {
      const guesser = { 'cf-connecting-ip': '2001:db8::1' };
      const statuses = [];
      for (let i = 0; i < 4; i++)
        statuses.push((await join(meeting.id, { password: `${i}` }, guesser)).status);
      expect(statuses).toEqual([403, 403, 403, 429]);
      const right = await join(meeting.id, { password: 'pass word' }, guesser);
      expect(right.headers.get('retry-after')).toBe('60');
      const neighbour = { 'cf-connecting-ip': '2001:db8::ffff' };
      expect((await join(meeting.id, { password: 'pass word' }, neighbour)).status).toBe(429);
      expect((await join(meeting.id, { password: 'pass word' })).status).toBe(200);
      const other = await knownMeeting({ password: 'pass word' });
      expect((await join(other.id, { password: 'pass word' }, guesser)).status).toBe(200);
    });
  });

  it('says when to come back when the fleet is full', async () => {
    const meeting = await knownMeeting();
    expect(await problemIn(await join(meeting.id))).toMatchObject({ status: 503, code: 'no_capacity' });
    await withNode('eu-full', 1, async () => {
      expect((await join(meeting.id)).status).toBe(200);
      const response = await join((await knownMeeting()).id);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await problemIn(response)).toMatchObject({ code: 'no_capacity' });
    });
  });

  it('spills to the next region when the cell of the first refuses', async () => {
    // What is left is for joiners: rooms find no standbys.
    spareNodes();
    // Nobody knows where the joiners are, so the region with more places is first, and stays so in the picture
    // of the fleet that is kept.
    await withNode('eu-a', 2, () =>
      withNode('eu-b', 1, async () => {
        const regions = [];
        for (let i = 0; i < 4; i++) {
          const response = await join((await knownMeeting()).id);
          regions.push(response.ok ? Admitted.parse(await response.json()).sfu.region : response.status);
        }
        expect(regions).toEqual(['eu-a', 'eu-a', 'eu-b', 503]);
      }),
    );
  });

  it('refuses what is malformed', async () => {
    const meeting = await knownMeeting();
    const problem = await problemIn(await join(meeting.id, { display_name: 'a\u202eb' }));
    expect(problem).toMatchObject({ status: 400, errors: [{ path: 'display_name' }] });
  });

  it('does not let anybody into a meeting that has ended, and gives the place back', async () => {
    const meeting = await knownMeeting({ host_key: 'abc' });
    await withNode('eu-ended', 5, async () => {
      expect((await join(meeting.id)).status).toBe(200);
      const end = await call(`/api/v1/meetings/${meeting.id}/end`, { body: { host_key: 'abc' } });
      expect(end.status).toBe(204);
      const before = await freePlaces('eu-ended');
      expect(await problemIn(await join(meeting.id))).toMatchObject({ status: 404, code: 'meeting_ended' });
      await eventually(() => freePlaces('eu-ended'), before);
    });
  });
});

describe('POST /meetings/{id}/leave and /end', () => {
  const as = (ticket: string) => ({ authorization: `Bearer ${ticket}` });
  const leave = (ref: string, headers = {}) =>
    call(`/api/v1/meetings/${ref}/leave`, { method: 'POST', headers });
  const end = (ref: string, headers = {}) => call(`/api/v1/meetings/${ref}/end`, { method: 'POST', headers });

  it('are for those who hold a ticket of the meeting', async () => {
    const meeting = await knownMeeting();
    const other = await knownMeeting();
    await withNode('eu-leave', 10, async () => {
      const { ticket } = JoinResponse.parse(await (await join(meeting.id)).json());
      for (const act of [leave, end]) {
        const anonymous = await act(meeting.id);
        expect(anonymous.headers.get('www-authenticate')).toBe('Bearer');
        expect(await problemIn(anonymous)).toMatchObject({ status: 401 });
        expect(await problemIn(await act(meeting.id, as('x.y.z')))).toMatchObject({ status: 401 });
        expect(await problemIn(await act(other.id, as(ticket)))).toMatchObject({ status: 403 });
      }
      expect((await leave(meeting.code, as(ticket))).status).toBe(204);
    });
  });

  it('end it for a host, by ticket or by host key', async () => {
    await withNode('eu-end', 10, async () => {
      const byTicket = await knownMeeting({ host_key: 'abc' });
      const host = Admitted.parse(await (await join(byTicket.id, { host_key: 'abc' })).json());
      // Whose socket is not there yet is not there yet.
      const early = await end(byTicket.id, as(host.ticket));
      expect(await problemIn(early)).toMatchObject({ status: 409, code: 'not_joined' });
      const client = await TestClient.open(env.ROOMS.get(env.ROOMS.idFromName(byTicket.id)), host);
      await client.ask({ type: 'join', media: { audio: true, video: true } });
      expect((await end(byTicket.id, as(host.ticket))).status).toBe(204);
      const byKey = await knownMeeting({ host_key: 'abc' });
      await join(byKey.id);
      const wrong = await call(`/api/v1/meetings/${byKey.code}/end`, { body: { host_key: 'x' } });
      expect(await problemIn(wrong)).toMatchObject({ status: 403 });
      const right = await call(`/api/v1/meetings/${byKey.code}/end`, { body: { host_key: 'abc' } });
      expect(right.status).toBe(204);
      const byHeader = await knownMeeting({ host_key: 'abc' });
      await join(byHeader.id);
      expect((await end(byHeader.id, { 'x-host-key': 'abc' })).status).toBe(204);
    });
  });
});
