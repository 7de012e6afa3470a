import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import type { ChatMessage } from '@meridian/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock, rows, timersOf } from './testing/clock.ts';
import { newRoom, type Room } from './testing/fixtures.ts';
import { TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(realClock);

const say = (text: string) => ({ type: 'chat', text, client_id: crypto.randomUUID() }) as const;

describe('resume', () => {
  it('sends exactly what was missed, without state', async () => {
    const { room, meeting } = newRoom();
    const [ada, bob, eve] = [
      await TestClient.join(room, meeting),
      await TestClient.join(room, meeting),
      await TestClient.join(room, meeting),
    ];
    await ada.ask(say('before'));
    await bob.event('chat_broadcast');
    bob.deaf = true;
    await ada.ask(say('one'));
    await ada.ask({ ...say('for eve alone'), recipient_id: eve.id });
    await ada.ask({ ...say('for bob alone'), recipient_id: bob.id });
    await ada.ask({ type: 'mute', media: 'audio' });
    const joined = await bob.resume();
    expect(joined).toMatchObject({ type: 'joined', seq: bob.lastSeq });
    expect(joined).not.toHaveProperty('state');
    await bob.event('media_state');
    expect(bob.chat.map(({ text }) => text)).toEqual(['before', 'one', 'for bob alone']);
    expect(bob.gaps).toEqual([]);
    await ada.ask(say('after'));
    await bob.event('chat_broadcast', ({ message }) => message.text === 'after');
    expect(bob.gaps).toEqual([]);
    expect(eve.chat.map(({ text }) => text)).toContain('for eve alone');
    expect(eve.gaps).toEqual([]);
  });

  it('gives a fresh secret each time, and takes the one before until the new one was used', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const first = ada.secret;
    await ada.resume();
    const second = ada.secret;
    expect(second).not.toBe(first);
    // The answer with the second one got lost.
    ada.secret = first;
    expect(await ada.resume()).toMatchObject({ type: 'joined' });
    const third = ada.secret;
    // Superseded before anybody could use it.
    ada.secret = second;
    expect(await ada.resume()).toMatchObject({ code: 'session_expired' });
    ada.secret = third;
    expect(await ada.resume()).toMatchObject({ type: 'joined' });
    ada.secret = first;
    expect(await ada.resume()).toMatchObject({ code: 'session_expired' });
    expect(await ada.reader.closing()).toBe(4440);
  });

  it('closes the older socket with 4409', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const { reader } = ada;
    await ada.resume();
    expect(await reader.closing()).toBe(4409);
    expect((await timersOf(room)).map(({ kind }) => kind)).not.toContain('blip');
  });

  it('repairs a gap on the same socket', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    bob.deaf = true;
    await ada.ask(say('missed'));
    bob.deaf = false;
    await bob.ask({
      type: 'resume',
      session_id: bob.sessionId,
      session_secret: bob.secret,
      last_seq: bob.lastSeq,
    });
    await bob.event('chat_broadcast');
    expect(bob.reader.closed).toBeNull();
  });

  it('starts over with the whole state when the log does not reach back', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    await ada.ask(say('old'));
    await bob.event('chat_broadcast');
    bob.deaf = true;
    await ada.ask(say('new'));
    await runInDurableObject(room, (_, ctx) => ctx.storage.sql.exec('delete from events where seq < 4'));
    await ada.ask(say('newest'));
    bob.lastSeq = 2;
    expect(await bob.resume()).toMatchObject({ reset: true, state: expect.anything() });
    expect(bob.chat.map(({ text }) => text)).toEqual(['old', 'new', 'newest']);
    // A position nobody has been at yet is no position.
    bob.lastSeq = 1_000;
    expect(await bob.resume()).toMatchObject({ reset: true });
  });

  it('keeps the log bounded in number and age', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    for (let i = 0; i < ROOM.events.trimEvery; i += 1) {
      await elapse(room, 10_000);
      await ada.ask({ type: 'mute', media: 'audio' });
    }
    const kept = ROOM.events.maxAgeMs / 10_000;
    expect((await rows(room, 'select seq from events')).length).toBeLessThanOrEqual(kept + 2);
  }, 30_000);
});

describe('a restart in the middle', () => {
  it('keeps sockets and state through hibernation', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, { role: 'host' });
    const bob = await TestClient.join(room, meeting);
    await ada.ask({ ...say('psst'), recipient_id: bob.id });
    await bob.event('chat_broadcast');
    await evictDurableObject(room);
    await bob.ask({ type: 'mute', media: 'audio' });
    await ada.event('media_state');
    await evictDurableObject(room);
    await ada.ask({ type: 'mute', media: 'video', target_user: bob.id });
    await bob.event('media_state', ({ by }) => by === ada.id);
    expect(bob.participants.get(bob.id)?.media).toEqual({ audio: false, video: false, screen: false });
    expect([...ada.gaps, ...bob.gaps]).toEqual([]);
    expect((await timersOf(room)).map(({ kind }) => kind)).not.toContain('blip');
  });

  it('gives those whose sockets it closed the grace of anybody, and ends it with nobody coming', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    await evictDurableObject(room, { webSockets: 'close' });
    expect(await ada.resume()).toMatchObject({ type: 'joined' });
    await elapse(room, 29_000);
    await ada.event('participant_updated', ({ participant }) => participant.connection === 'reconnecting');
    expect(await bob.resume()).toMatchObject({ type: 'joined' });
    await ada.event('participant_updated', ({ participant }) => participant.connection === 'connected');

    await evictDurableObject(room, { webSockets: 'close' });
    await elapse(room, ROOM.session.roundMs + 120_000);
    expect(await rows(room, 'select * from participants')).toEqual([]);
  });
});

type Step = { who: number; what: (typeof WHAT)[number]; whom: number };
const WHAT = [
  'chat',
  'chat',
  'whisper',
  'mute',
  'unmute',
  'share',
  'unshare',
  'deaf',
  'drop',
  'resume',
  'resume',
  'newcomer',
  'leave',
  'hibernate',
] as const;

describe('whatever happens', () => {
  const seed = Date.now() & 0x7fff_ffff;
  it(`everybody ends with the same picture, and every message once and in order (seed ${seed})`, async () => {
    const step = fc.record({ who: fc.nat(3), what: fc.constantFrom(...WHAT), whom: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { room, meeting } = newRoom();
        const clients = [
          await TestClient.join(room, meeting, { role: 'host' }),
          await TestClient.join(room, meeting),
          await TestClient.join(room, meeting),
        ];
        for (const one of steps) {
          await elapse(room, 300);
          await take(one, room, clients, async () => TestClient.join(room, meeting));
        }
        for (const client of clients) expect(await client.resume()).toMatchObject({ type: 'joined' });
        const witness = await TestClient.join(room, meeting);
        for (const client of clients)
          await client.event(
            'participant_joined',
            ({ participant }) => participant.participant_id === witness.id,
          );

        const said = (await rows<{ body: string }>(room, 'select body from chat order by seq')).map(
          ({ body }): ChatMessage => JSON.parse(body),
        );
        const byId = (a: { participant_id: string }, b: { participant_id: string }) =>
          a.participant_id < b.participant_id ? -1 : 1;
        for (const client of clients) {
          expect(client.state?.participants.toSorted(byId)).toEqual(
            witness.state?.participants.toSorted(byId),
          );
          expect(client.state?.screen_share).toEqual(witness.state?.screen_share);
          const visible = said.filter(
            ({ sender_id, recipient_id }) =>
              recipient_id === undefined || recipient_id === client.id || sender_id === client.id,
          );
          const backlog = visible.filter(({ message_id }) =>
            client.chat.some((m) => m.message_id === message_id),
          );
          expect(client.chat).toEqual(backlog);
          const heard = client.events.filter(({ type }) => type === 'chat_broadcast');
          expect(new Set(heard.map(({ seq }) => seq)).size).toBe(heard.length);
          // Those there from the start have seen all of it.
          if (clients.indexOf(client) < 3 && client.resets === 0) expect(client.chat).toEqual(visible);
          expect(client.gaps).toEqual([]);
        }
      }),
      { seed, numRuns: 6, endOnFailure: true },
    );
  }, 60_000);
});

async function take(
  { who, what, whom }: Step,
  room: Room,
  clients: TestClient[],
  newcomer: () => Promise<TestClient>,
): Promise<void> {
  const client = clients[who % clients.length];
  const other = clients[whom % clients.length];
  if (!client || !other) return;
  const offline = client.deaf || client.reader.closed !== null;
  if (what === 'hibernate') {
    // What is still gathered in memory goes out first, as a room only hibernates without a timer pending.
    await new Promise((resolve) => setTimeout(resolve, ROOM.events.coalesceMs + 20));
    await evictDurableObject(room);
  } else if (what === 'newcomer') {
    if (clients.length < 5) clients.push(await newcomer());
  } else if (what === 'resume') await client.resume();
  else if (offline) return;
  else if (what === 'deaf') client.deaf = true;
  else if (what === 'drop') {
    client.drop();
    await client.reader.closing();
  } else if (what === 'leave') {
    if (clients.length <= 3 || who % clients.length < 3) return;
    await client.ask({ type: 'leave' });
    clients.splice(clients.indexOf(client), 1);
  } else if (what === 'chat') await client.ask(say(`from ${who}`));
  else if (what === 'whisper') await client.ask({ ...say(`to ${whom}`), recipient_id: other.id });
  else if (what === 'mute') await client.ask({ type: 'mute', media: 'audio', target_user: other.id });
  else if (what === 'unmute') await client.ask({ type: 'unmute', media: 'audio' });
  else if (what === 'share') {
    await client.ask({ type: 'screen_share_start', stream_id: `${client.id}:screen` });
  } else if (what === 'unshare') await client.ask({ type: 'screen_share_stop' });
}
