import { LIMITS } from '@meridian/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock } from './testing/clock.ts';
import { admitted, newRoom, nodeIn } from './testing/fixtures.ts';
import { openSignal, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(realClock);

const types = fc.constantFrom(
  ...['join', 'resume', 'leave', 'mute', 'unmute', 'chat', 'remove', 'end', 'screen_share_start', 'ping'],
  ...['node_hello', 'applied', 'peer_state', 'desired_state', '__proto__'],
);
const frame = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        v: fc.constantFrom(1, 0, 2, '1'),
        type: types,
        ref: fc.anything(),
        media: fc.anything(),
        text: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map(
      (value) => JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner)) ?? '',
    ),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
);

describe('hostile input', () => {
  const seed = Date.now() & 0x7fff_ffff;
  it(`is answered with errors or a close, and others notice nothing (seed ${seed})`, async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, { role: 'host' });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 12 }), fc.boolean(), async (frames, joins) => {
        const admission = await admitted(room, meeting);
        const eve = await TestClient.open(room, admission);
        if (joins) await eve.ask({ type: 'join', media: { audio: true, video: true } });
        const node = await TestNode.dial(room, nodeIn('amsterdam'));
        for (const one of frames) {
          if (eve.reader.closed === null) eve.reader.socket.send(one);
          if (node.reader.closed === null) node.send(one);
        }
        await elapse(room, 10_000);
        await room.leave({ participant_id: eve.id, session_id: eve.sessionId });
        expect(await ada.ask({ type: 'mute', media: 'audio' })).toMatchObject({ type: 'media_state' });
      }),
      { seed, numRuns: 40 },
    );
    expect(ada.gaps).toEqual([]);
    expect(ada.reader.closed).toBeNull();
  }, 60_000);

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

  it('closes a socket that says nothing', async () => {
    realClock();
    const { room, meeting } = newRoom();
    const eve = await TestClient.open(room, await admitted(room, meeting));
    await eve.reader.until(() => eve.reader.closed !== null, ROOM.socket.firstMessageMs + 2_000);
    expect(eve.reader.closed?.code).toBe(4408);
  }, 15_000);
});
