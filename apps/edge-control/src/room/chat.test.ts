import { LIMITS } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomActor } from './contract.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { newRoom } from './testing/fixtures.ts';
import { TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(realClock);

const chat = (text: string, client_id: string = crypto.randomUUID()) =>
  ({ type: 'chat', text, client_id }) as const;

describe('chat', () => {
  it('is acknowledged by the own copy, durable by then', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, { display_name: 'Ada' });
    const bob = await TestClient.join(room, meeting);
    const message = chat('hello');
    const ack = await ada.ask(message);
    expect(ack).toMatchObject({
      type: 'chat_broadcast',
      client_id: message.client_id,
      message: { text: 'hello', sender_id: ada.id, sender_name: 'Ada' },
    });
    expect(await rows(room, 'select * from chat')).toHaveLength(1);
    const copy = await bob.event('chat_broadcast');
    expect(copy).not.toHaveProperty('client_id');
    expect(copy).not.toHaveProperty('ref');
  });

  it('takes a resend for what it is, also after a resume', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    const message = chat('once');
    const first = await ada.ask(message);
    const second = await ada.ask(message);
    await ada.resume();
    const third = await ada.ask(message);
    const id = (frame: typeof first) =>
      frame.type === 'chat_broadcast' ? frame.message.message_id : frame.type;
    expect([id(second), id(third)]).toEqual([id(first), id(first)]);
    await ada.ask(chat('twice'));
    await bob.event('chat_broadcast', (event) => event.message.text === 'twice');
    expect(bob.chat.map(({ text }) => text)).toEqual(['once', 'twice']);
    expect(ada.chat.map(({ text }) => text)).toEqual(['once', 'twice']);
    // The same id from somebody else is another message.
    expect(await bob.ask(chat('mine', message.client_id))).toMatchObject({ message: { text: 'mine' } });
  });

  it('in private reaches the two alone, now and as backlog', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    const eve = await TestClient.join(room, meeting);
    await ada.ask({ ...chat('psst'), recipient_id: bob.id });
    await ada.ask(chat('to all'));
    await eve.event('chat_broadcast');
    await bob.event('chat_broadcast', ({ message }) => message.text === 'to all');
    expect(bob.chat.map(({ text }) => text)).toEqual(['psst', 'to all']);
    expect(eve.chat.map(({ text }) => text)).toEqual(['to all']);
    expect([...bob.gaps, ...eve.gaps]).toEqual([]);
    for (const client of [bob, eve]) {
      await client.reconnect();
      await client.ask({ type: 'join', media: { audio: false, video: false } });
    }
    expect(bob.chat.map(({ text }) => text)).toEqual(['psst', 'to all']);
    expect(eve.chat.map(({ text }) => text)).toEqual(['to all']);
  });

  it('needs a recipient who is there, and somebody else', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    await bob.ask({ type: 'leave' });
    expect(await ada.ask({ ...chat('gone?'), recipient_id: bob.id })).toMatchObject({
      code: 'unknown_participant',
    });
    expect(await ada.ask({ ...chat('me'), recipient_id: ada.id })).toMatchObject({ code: 'unprocessable' });
    expect(await rows(room, 'select * from chat')).toEqual([]);
  });

  it('in private is for nobody else: no host, no owner, no state', async () => {
    const { room, meeting } = newRoom();
    const host = await TestClient.join(room, meeting, { role: 'host' });
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    await ada.ask({ ...chat('psst'), recipient_id: bob.id });
    await ada.ask(chat('to all'));
    await host.event('chat_broadcast');
    const seenBy = async (actor: RoomActor) => {
      const result = await room.state(actor);
      return result.ok ? result.value.chat.map(({ text }) => text) : result.error;
    };
    expect(await seenBy({ kind: 'owner' })).toEqual(['to all']);
    expect(await seenBy({ kind: 'participant', caller: host.caller })).toEqual(['to all']);
    expect(await seenBy({ kind: 'participant', caller: bob.caller })).toEqual(['psst', 'to all']);
    const late = await TestClient.join(room, meeting, { role: 'host' });
    expect([...host.chat, ...late.chat].map(({ text }) => text)).toEqual(['to all', 'to all']);
    expect(JSON.stringify([host.reader.frames, late.reader.frames])).not.toContain('psst');
  });

  it('over REST is the same chat, with the same client ids', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, { display_name: 'Ada' });
    const bob = await TestClient.join(room, meeting);
    const { type: _, ...request } = chat('hello');
    const first = await room.chat(ada.caller, request);
    expect(first).toMatchObject({ ok: true, value: { text: 'hello', sender_name: 'Ada' } });
    expect(await room.chat(ada.caller, request)).toEqual(first);
    expect(await ada.ask({ type: 'chat', ...request })).toMatchObject({ message: first.ok && first.value });
    await bob.event('chat_broadcast');
    expect(await ada.event('chat_broadcast')).toMatchObject({ client_id: request.client_id });
    expect(await room.chat({ ...ada.caller, session_id: crypto.randomUUID() }, request)).toMatchObject({
      error: { code: 'session_expired' },
    });
  });

  it('follows what the hosts allow', async () => {
    const { room, meeting } = newRoom({ allow_private_chat: false });
    const host = await TestClient.join(room, meeting, { role: 'host' });
    const ada = await TestClient.join(room, meeting);
    const bob = await TestClient.join(room, meeting);
    const to = (recipient: TestClient) => ({ ...chat('psst'), recipient_id: recipient.id });
    expect(await ada.ask(to(bob))).toMatchObject({ code: 'forbidden' });
    expect(await ada.ask(to(host))).toMatchObject({ type: 'chat_broadcast' });
    await host.ask({ type: 'update_settings', settings: { allow_chat: 'hosts' } });
    expect(await ada.ask(chat('to all'))).toMatchObject({ code: 'forbidden' });
    expect(await ada.ask(to(host))).toMatchObject({ type: 'chat_broadcast' });
    await host.ask({ type: 'update_settings', settings: { allow_chat: 'none' } });
    expect(await ada.ask(to(host))).toMatchObject({ code: 'forbidden' });
    expect(await host.ask(chat('to all'))).toMatchObject({ type: 'chat_broadcast' });
    expect(await host.ask(to(ada))).toMatchObject({ type: 'chat_broadcast' });
  });

  it('gives a joiner the latest messages', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    for (let i = 0; i < LIMITS.chatBacklog + 5; i += 1) {
      await elapse(room, 250);
      await ada.ask(chat(`${i}`));
    }
    const bob = await TestClient.join(room, meeting);
    expect(bob.chat).toHaveLength(LIMITS.chatBacklog);
    expect(bob.chat.at(-1)?.text).toBe(`${LIMITS.chatBacklog + 4}`);
    expect(bob.admission).toMatchObject({ meeting_state: { chat: { length: LIMITS.chatBacklog } } });
  }, 30_000);
});
