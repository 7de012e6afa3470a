import { runInDurableObject } from 'cloudflare:test';
import { CLOSE, isFinalClose, LIMITS, type MeetingSettings, roomLink, signaling } from '@meridian/protocol';
import { almost, arbitraryOf } from '@meridian/protocol/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock } from './testing/clock.ts';
import { admitted, joinRequest, newRoom, nodeIn } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { openSignal, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const SIGNALING = signaling.ClientToRoom.options;
const ROOM_LINK = roomLink.NodeToRoom.options;

type Ids = {
  target_user: string;
  recipient_id: string;
  node_id: string;
  from_node_id: string;
  boot_id: string;
  session_id: string;
};

/** Valid messages of a kind, the same with one thing wrong, and what is no message at all. Some name who is there. */
function framesOf(schema: z.ZodType, ids: Partial<Ids>): fc.Arbitrary<string | ArrayBuffer> {
  const valid = fc.tuple(arbitraryOf(schema), fc.boolean()).map(([message, real]) => {
    if (!real || typeof message !== 'object' || message === null) return message;
    const named = Object.entries(ids).filter(([key]) => key in message);
    return { ...message, ...Object.fromEntries(named) };
  });
  const text = (message: unknown) => JSON.stringify(message) ?? '';
  return fc.oneof(
    { weight: 3, arbitrary: valid.map(text) },
    { weight: 4, arbitrary: almost(valid).map(text) },
    {
      weight: 1,
      arbitrary: fc.oneof(fc.string(), fc.json(), fc.constantFrom('__proto__', '{"v":1,"__proto__":{}}')),
    },
    { weight: 1, arbitrary: fc.uint8Array().map((bytes) => bytes.slice().buffer) },
  );
}

const kindOf = (schema: { shape: { type: { value: string } } }) => schema.shape.type.value;

/** A meeting with two who notice if anything is wrong with it. */
async function bystanders(settings: Partial<MeetingSettings> = {}) {
  const { room, meeting } = newRoom(settings);
  spareNodes(nodeIn('amsterdam', 'spare'));
  const ada = await TestClient.join(room, meeting, { display_name: 'Ada', role: 'host' });
  const bob = await TestClient.join(room, meeting, { display_name: 'Bob', role: 'host' });
  const node = await TestNode.dial(room, nodeIn('amsterdam'));
  await node.desired();
  const unharmed = async () => {
    // More than a person would send in this time, and both have to be let.
    await elapse(room, 2_000);
    const text = crypto.randomUUID();
    expect(await ada.ask({ type: 'chat', text, client_id: text })).toMatchObject({ type: 'chat_broadcast' });
    await bob.event('chat_broadcast', ({ message }) => message.text === text);
    expect([ada.gaps, bob.gaps, ada.reader.closed, bob.reader.closed]).toEqual([[], [], null, null]);
  };
  return { room, meeting, ada, bob, node, unharmed };
}

const STATES = ['new', 'waiting', 'joined', 'co_host'] as const;

describe('hostile input', () => {
  const seed = Date.now() & 0x7fff_ffff;

  describe.each(SIGNALING.map((schema) => [kindOf(schema), schema] as const))('%s', (_, schema) => {
    it(`is taken, answered with a typed error, or the end of the socket (seed ${seed})`, async () => {
      const { room, meeting, ada, bob, unharmed } = await bystanders({ waiting_room: true });
      const ids = {
        target_user: bob.id,
        recipient_id: bob.id,
        node_id: 'spare',
        from_node_id: 'amsterdam',
      };
      const batch = fc.array(framesOf(schema, ids), { minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(batch, fc.constantFrom(...STATES), async (frames, state) => {
          // Co-hosts' requests against hosts are refused, so those stay whatever is sent.
          const role = state === 'waiting' ? 'participant' : 'co_host';
          const result = await room.join(joinRequest(meeting, { role }));
          if (!result.ok) throw new Error(result.error.code);
          const eve = await TestClient.open(room, result.value);
          if (state !== 'new') await eve.ask({ type: 'join', media: { audio: true, video: true } });
          if (state === 'joined') {
            await ada.ask({ type: 'set_role', target_user: eve.id, role: 'participant' });
          }
          for (const frame of frames) if (eve.reader.closed === null) eve.reader.socket.send(frame);
          eve.reader.socket.send('{"v":1,"type":"ping","ref":"last"}');
          await eve.reader.until(
            () => eve.reader.closed !== null || eve.reader.frames.some(({ ref }) => ref === 'last'),
          );
          const errors = eve.reader.frames.flatMap((one) => (one.type === 'error' ? [one.code] : []));
          expect(errors).not.toContain('internal');
          if (eve.reader.closed) expect(eve.reader.closed.code).not.toBe(1006);
          await room.leave(eve.caller);
          // What a co-host may change is changed back.
          await elapse(room, 5_000);
          await ada.ask({ type: 'lock', locked: false });
          await ada.ask({ type: 'update_settings', settings: meeting.settings });
          await unharmed();
        }),
        { seed, numRuns: 6, endOnFailure: true },
      );
    }, 30_000);
  });

  it.each(ROOM_LINK.map((schema) => [kindOf(schema), schema] as const))(
    `%s of a node is no harm (seed ${seed})`,
    async (_, schema) => {
      const { room, ada, bob, unharmed } = await bystanders();
      const ids = { node_id: 'spare', boot_id: nodeIn('amsterdam').boot_id, ...bob.caller };
      const batch = fc.array(framesOf(schema, ids), { minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(batch, fc.boolean(), async (frames, hello) => {
          const open = hello ? TestNode.dial : TestNode.open;
          const link = await open(room, nodeIn('amsterdam'));
          for (const frame of frames) if (link.reader.closed === null) link.send(frame);
          if (link.reader.closed === null) link.send('{"v":1,"type":"ping","ref":"last"}');
          await link.reader.until(
            () => link.reader.closed !== null || link.reader.frames.some(({ ref }) => ref === 'last'),
          );
          const errors = link.reader.frames.flatMap((one) => (one.type === 'error' ? [one.code] : []));
          expect(errors).not.toContain('internal');
          await unharmed();
          expect([...ada.participants.keys()].toSorted()).toEqual([ada.id, bob.id].toSorted());
        }),
        { seed, numRuns: 10, endOnFailure: true },
      );
    },
    30_000,
  );

  it('answers with the ref it could make out, and closes after several malformed frames', async () => {
    const { room, meeting } = newRoom();
    const eve = await TestClient.join(room, meeting);
    eve.reader.socket.send('{"v":1,"type":"chat","ref":77,"text":""}');
    expect(await eve.reader.next((one): one is typeof one => one.ref === 77)).toMatchObject({
      type: 'error',
      code: 'malformed',
    });
    for (let i = 1; i < ROOM.socket.maxMalformed; i += 1) eve.reader.socket.send('{');
    expect(await eve.reader.closing()).toBe(4400);
    // The participant keeps the grace.
    expect(await eve.resume()).toMatchObject({ type: 'joined' });
  });

  it('refuses frames that are too large and versions it does not speak', async () => {
    const { room, meeting } = newRoom();
    const eve = await TestClient.join(room, meeting);
    eve.reader.socket.send('x'.repeat(LIMITS.signalingFrameBytes + 1));
    await eve.reader.until(() =>
      eve.reader.frames.some((one) => one.type === 'error' && one.code === 'too_large'),
    );
    eve.reader.socket.send('{"v":99,"type":"ping"}');
    expect(await eve.reader.closing()).toBe(4426);
  });

  it('slows a flood down, then closes', async () => {
    const { room, meeting } = newRoom();
    const eve = await TestClient.join(room, meeting);
    for (let i = 0; i < ROOM.clientRate.burst; i += 1) eve.send({ type: 'mute', media: 'audio' }, 1_000 + i);
    const refused = await eve.ask({ type: 'mute', media: 'audio' });
    expect(refused).toMatchObject({
      type: 'error',
      code: 'rate_limited',
      retry_after_ms: expect.any(Number),
    });
    for (let i = 0; i <= ROOM.socket.maxRefusals; i += 1) {
      if (eve.reader.closed === null) eve.send({ type: 'mute', media: 'audio' });
    }
    expect(await eve.reader.closing()).toBe(4429);
    // Another socket is no way around it, patience is.
    await eve.reconnect();
    eve.send({ type: 'join', media: { audio: true, video: true } });
    expect(await eve.reader.closing()).toBe(4429);
    await elapse(room, 5_000);
    expect(await eve.resume()).toMatchObject({ type: 'joined' });
  });

  it('wants join or resume first', async () => {
    const { room, meeting } = newRoom();
    const eve = await TestClient.open(room, await admitted(room, meeting));
    for (const request of [{ type: 'end' }, { type: 'leave' }, { type: 'request_media_token' }] as const) {
      expect(await eve.ask(request)).toMatchObject({ type: 'error', code: 'not_joined' });
    }
    expect(await eve.ask({ type: 'join', media: { audio: true, video: true } })).toMatchObject({
      type: 'joined',
    });
    expect(await eve.ask({ type: 'join', media: { audio: true, video: true } })).toMatchObject({
      code: 'already_joined',
    });
  });

  it('lets nobody in without a proof, nor with a wrong secret', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    expect((await openSignal(room, 'me', 'mine')).status).toBe(401);
    expect((await room.fetch('https://room/signal')).status).toBe(426);
    expect((await room.fetch('https://room/else', { headers: { upgrade: 'websocket' } })).status).toBe(404);
    ada.secret = 'guessed';
    expect(await ada.resume()).toMatchObject({ code: 'session_expired' });
    expect(await ada.reader.closing()).toBe(4440);
    const stranger = await openSignal(room, ada.id, crypto.randomUUID());
    expect(stranger.status).toBe(101);
  });

  it('lets few sockets of one participant say nothing, and closes none for good', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const { maxSilent } = ROOM.socket;
    const sockets = [];
    for (let i = 0; i <= maxSilent; i += 1) {
      await ada.reconnect();
      sockets.push(ada.reader);
    }
    expect(isFinalClose((await sockets[0]?.closing()) ?? CLOSE.replaced)).toBe(false);
    expect(sockets.slice(1).map(({ closed }) => closed)).toEqual(
      Array.from({ length: maxSilent }, () => null),
    );
  });

  it('takes up a session on the socket the client has kept, whichever was opened last', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    await ada.reconnect();
    const kept = ada.reader;
    // Asked for earlier and given up since; it was held up on the way.
    await openSignal(room, ada.id, ada.sessionId);
    const { sessionId: session_id, secret: session_secret, lastSeq: last_seq } = ada;
    expect(await ada.ask({ type: 'resume', session_id, session_secret, last_seq })).toMatchObject({
      type: 'joined',
    });
    expect(kept.closed).toBeNull();
  });

  it('closes a socket that says nothing', async () => {
    const { room, meeting } = newRoom();
    const entry = await admitted(room, meeting);
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.now() });
    const eve = await TestClient.open(room, entry);
    // The socket is the object's: only there may its time run out.
    const pass = (ms: number) => runInDurableObject(room, () => void vi.advanceTimersByTime(ms));
    await pass(ROOM.socket.firstMessageMs - 1);
    expect(eve.reader.closed).toBeNull();
    await pass(1);
    expect(await eve.reader.closing()).toBe(4408);
  });
});
