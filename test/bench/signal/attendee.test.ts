import { encode, type signaling } from '@meridian/protocol';
import { expect, it } from 'vitest';
import { countEvents } from './attendee.ts';

const left = (seq: number) =>
  ({
    v: 1,
    type: 'participant_left',
    seq,
    prev: seq - 1,
    participant_id: '3f0c6a7e-8a53-4c11-9f0a-0d6a0f6f2c11',
    reason: 'left',
  }) as const;

it('counts the ordered events of a frame', () => {
  const frame = (body: Parameters<typeof encode<signaling.RoomToClient>>[0]) =>
    Buffer.from(encode<signaling.RoomToClient>(body));
  expect(countEvents(frame({ type: 'pong' }))).toBe(0);
  expect(countEvents(frame(left(1)))).toBe(1);
  expect(countEvents(frame({ type: 'batch', events: [left(1), left(2), left(3)] }))).toBe(3);
});
