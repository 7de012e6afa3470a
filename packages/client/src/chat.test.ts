import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChatOutbox, type OutgoingChat } from './chat-outbox.ts';
import { CHAT_OUTBOX_LIMIT } from './config.ts';
import { ROOM_URL, World } from './testing/world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const texts = (entries: readonly { text: string }[]) => entries.map((entry) => entry.text);

describe('chat', () => {
  it('shows a message at once as pending, then as the room has it', async () => {
    const world = new World();
    const meeting = await world.join();
    meeting.sendChat('  hello ');
    expect(meeting.snapshot.chat).toMatchObject([{ text: 'hello', delivery: 'pending', sender_name: 'Ada' }]);
    await world.pass(50);
    expect(meeting.snapshot.chat).toMatchObject([{ text: 'hello', delivery: 'sent' }]);
    expect(() => meeting.sendChat('   ')).toThrow(expect.objectContaining({ code: 'unprocessable' }));
    expect(() => meeting.sendChat('x'.repeat(4_001))).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  it('shows what the room refuses as failed, and waits where it asks to wait', async () => {
    const world = new World();
    const meeting = await world.join();
    world.room.refuse = { type: 'chat', code: 'rate_limited', retryAfterMs: 3_000 };
    meeting.sendChat('slow');
    await world.pass(1_000);
    expect(meeting.snapshot.chat).toMatchObject([{ delivery: 'pending' }]);
    world.room.refuse = null;
    await world.pass(3_000);
    expect(meeting.snapshot.chat).toMatchObject([{ text: 'slow', delivery: 'sent' }]);
    world.room.refuse = { type: 'chat', code: 'forbidden' };
    meeting.sendChat('no');
    await world.pass(100);
    world.room.refuse = null;
    meeting.sendChat('yes');
    await world.pass(100);
    expect(meeting.snapshot.chat.map((entry) => [entry.text, entry.delivery])).toEqual([
      ['slow', 'sent'],
      ['yes', 'sent'],
      ['no', 'failed'],
    ]);
  });

  it('keeps what was shown when the room sends its state anew', async () => {
    const world = new World();
    const meeting = await world.join();
    for (const text of ['one', 'two', 'three']) meeting.sendChat(text);
    await world.pass(200);
    world.room.forgetful = true;
    world.room.chat.splice(0, 2);
    world.network.cut(ROOM_URL);
    await world.pass(500);
    expect(texts(meeting.snapshot.chat)).toEqual(['one', 'two', 'three']);
  });

  it('arrives exactly once and in order, wherever the connection breaks', async () => {
    // A step is: type a message, break the connection, or let time pass.
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant('type' as const) },
      { weight: 2, arbitrary: fc.constant('cut' as const) },
      { weight: 1, arbitrary: fc.constant('reset' as const) },
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }) },
    );
    const seed = Date.now() % 1_000_000;
    console.info(`chat property: seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const world = new World();
        world.network.delay = 7;
        const meeting = await world.join();
        const typed: string[] = [];
        for (const what of steps) {
          if (what === 'type') {
            typed.push(`message ${typed.length}`);
            meeting.sendChat(`message ${typed.length - 1}`);
          } else if (what === 'cut') {
            world.network.cut(ROOM_URL);
          } else if (what === 'reset') {
            world.room.forgetful = !world.room.forgetful;
          } else {
            await world.pass(what);
          }
        }
        await world.pass(60_000);
        expect(texts(world.room.chat)).toEqual(typed);
        expect(meeting.snapshot.chat.map((entry) => [entry.text, entry.delivery])).toEqual(
          typed.map((text) => [text, 'sent']),
        );
        const leaving = meeting.leave();
        await world.pass(2_000);
        await leaving;
      }),
      { numRuns: 150, seed },
    );
  }, 60_000);
});

describe('the outbox', () => {
  const message = (number: number): Omit<OutgoingChat, 'state'> => ({
    clientId: `id-${number}`,
    text: `text ${number}`,
    recipientId: undefined,
    queuedAt: 0,
  });

  it('is bounded', () => {
    const outbox = new ChatOutbox(
      () => false,
      () => {},
    );
    for (let number = 0; number < CHAT_OUTBOX_LIMIT; number += 1) outbox.add(message(number));
    expect(() => outbox.add(message(-1))).toThrow(expect.objectContaining({ code: 'overloaded' }));
  });

  it('sends again what is neither acknowledged nor refused', async () => {
    const sent: string[] = [];
    const outbox = new ChatOutbox(
      ({ clientId }) => {
        sent.push(clientId);
        return true;
      },
      () => {},
    );
    outbox.add(message(1));
    outbox.add(message(2));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(['id-1', 'id-1']);
    expect(outbox.acknowledged('id-1')).toBe(true);
    expect(outbox.acknowledged('id-1')).toBe(false);
    expect(sent).toEqual(['id-1', 'id-1', 'id-2']);
    outbox.close();
  });
});
