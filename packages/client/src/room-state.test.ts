import { type Participant, signaling, streamId } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent, fromState, type RoomState } from './room-state.ts';
import { position } from './sequence.ts';
import { FakeRoom, id } from './testing/fake-room.ts';

function person(number: number, joinedAt = number): Participant {
  return {
    participant_id: id(number),
    display_name: `Person ${number}`,
    role: 'participant',
    joined_at: joinedAt,
    connection: 'connected',
    media: { audio: false, video: false, screen: false },
    guest: false,
    hand_raised_at: null,
  };
}

function event(fields: Record<string, unknown>): signaling.OrderedEvent {
  return signaling.OrderedEvent.parse({ v: 1, seq: 1, prev: 0, ...fields });
}

const empty = (): RoomState => fromState(new FakeRoom('', '').state(), null);
const names = (state: RoomState) => state.participants.map((p) => p.display_name);

describe('the room’s state', () => {
  it('keeps people by time of joining', () => {
    let state = empty();
    for (const participant of [person(2, 20), person(1, 30), person(3, 10)]) {
      state = applyEvent(state, event({ type: 'participant_joined', participant }));
    }
    expect(names(state)).toEqual(['Person 3', 'Person 2', 'Person 1']);
    const renamed = { ...person(2, 20), display_name: 'Renamed', connection: 'reconnecting' as const };
    state = applyEvent(state, event({ type: 'participant_updated', participant: renamed }));
    expect(state.participants[1]).toEqual(renamed);
    state = applyEvent(state, event({ type: 'participant_left', participant_id: id(3), reason: 'left' }));
    expect(names(state)).toEqual(['Renamed', 'Person 1']);
  });

  it('follows media and the shared screen', () => {
    let state = applyEvent(empty(), event({ type: 'participant_joined', participant: person(1) }));
    const media = { audio: true, video: false, screen: false };
    state = applyEvent(state, event({ type: 'media_state', participant_id: id(1), media, by: id(1) }));
    expect(state.participants[0]?.media).toEqual(media);
    const share = { participant_id: id(1), stream_id: streamId(id(1), 'screen') };
    state = applyEvent(state, event({ type: 'screen_share_started', screen_share: share }));
    expect(state.screenShare).toEqual(share);
    expect(state.participants[0]?.media.screen).toBe(true);
    const stopped = applyEvent(state, event({ type: 'screen_share_stopped', participant_id: id(1) }));
    expect(stopped.screenShare).toBeNull();
    const left = applyEvent(
      state,
      event({ type: 'participant_left', participant_id: id(1), reason: 'timeout' }),
    );
    expect(left.screenShare).toBeNull();
  });

  it('leaves alone what an event does not touch', () => {
    const state = applyEvent(empty(), event({ type: 'participant_joined', participant: person(1) }));
    const unknown = event({
      type: 'media_state',
      participant_id: id(9),
      media: { audio: true, video: true, screen: false },
      by: id(9),
    });
    expect(applyEvent(state, unknown)).toBe(state);
    expect(applyEvent(state, event({ type: 'meeting_ended', by: null }))).toBe(state);
  });
});

describe('the order of events', () => {
  it('knows the next, the repeated and the missing', () => {
    expect(position(5, { seq: 6, prev: 5 })).toBe('next');
    // Event 6 was private to somebody else.
    expect(position(5, { seq: 7, prev: 5 })).toBe('next');
    // The state included what the room sent before it, beyond `prev`.
    expect(position(5, { seq: 7, prev: 3 })).toBe('next');
    expect(position(5, { seq: 5, prev: 4 })).toBe('known');
    expect(position(5, { seq: 8, prev: 6 })).toBe('gap');
  });

  it('sees every loss, and nothing else, in any stream with repeats', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 2 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        fc.nat(),
        (numbers, repeats, lossAt) => {
          const seqs = numbers.toSorted((a, b) => a - b);
          const events = seqs.map((seq, index) => ({ seq, prev: seqs[index - 1] ?? 0 }));
          const lost = lossAt % (events.length - 1);
          let last = 0;
          const receive = (received: { seq: number; prev: number }) => {
            const where = position(last, received);
            if (where === 'next') last = received.seq;
            return where;
          };
          for (const [index, one] of events.entries()) {
            if (index === lost) continue;
            expect(receive(one)).toBe(index > lost ? 'gap' : 'next');
            for (const repeat of repeats) {
              const old = events[repeat % (index + 1)];
              if (old && old.seq <= last) expect(receive(old)).toBe('known');
            }
          }
        },
      ),
    );
  });
});
