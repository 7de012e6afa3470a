import { randomUUID } from 'node:crypto';
import { type roomLink, TOKEN_LIFE } from '@meridian/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AUTHORISATION } from '../config.ts';
import { type RoomState, reconcile } from '../fleet/reconcile.ts';
import { authorise, type RoomKnowledge, rightsOf, type Session } from './authorisation.ts';
import { AuthorisationWatch } from './authorisation-watch.ts';

const SID = randomUUID();
const HELLO = 1_000_000;
const EXP = HELLO + 120_000;

type Listed = roomLink.DesiredState['participants'][number];

function stateOf(participants: Partial<Listed>[], revoked: roomLink.DesiredState['revoked'] = []): RoomState {
  const state = reconcile(null, {
    v: 1,
    type: 'desired_state',
    meeting_id: randomUUID(),
    meeting_session_id: randomUUID(),
    room_epoch: 1,
    version: 1,
    participants: participants.map((entry) => ({
      participant_id: randomUUID(),
      session_id: SID,
      min_gen: 0,
      role: 'participant',
      can_publish: [],
      hard_muted: [],
      node_id: 'node-1',
      standby_node_id: null,
      ...entry,
    })),
    revoked,
    mesh: [],
    links: [],
    topology_epoch: 0,
    relay_grants: {},
    ended: false,
  });
  if (state === null) throw new Error('refused');
  return state;
}

function session(claims: Partial<Session['claims']> = {}): Session {
  return { claims: { sid: SID, gen: 1, kind: 'participant', exp: EXP / 1000, ...claims }, helloAt: HELLO };
}

const NOTHING: RoomKnowledge = { state: null, receivedAt: 0, lostAt: null };
const listed = (lostAt: number | null = null): RoomKnowledge => ({
  state: stateOf([{}]),
  receivedAt: HELLO,
  lostAt,
});

describe('authorise', () => {
  test('without a word of the room, the token is good for its life', () => {
    expect(authorise(session(), NOTHING, HELLO)).toEqual({ authorised: true, until: EXP });
    expect(authorise(session(), NOTHING, EXP)).toEqual({ authorised: false, reason: 'expired' });
  });

  test('listed over a link that is up, a peer stays however old its token', () => {
    expect(authorise(session(), listed(), EXP + 1e9)).toEqual({ authorised: true, until: null });
  });

  test('when the link is lost, a listed peer has one token life from then', () => {
    const lostAt = EXP + 50_000;
    const until = lostAt + TOKEN_LIFE.media * 1000;
    expect(authorise(session(), listed(lostAt), lostAt)).toEqual({ authorised: true, until });
    expect(authorise(session(), listed(lostAt), until)).toEqual({ authorised: false, reason: 'expired' });
  });

  test('a token below the generation the room wants is void', () => {
    const room = { ...NOTHING, state: stateOf([{ min_gen: 2 }]) };
    expect(authorise(session({ gen: 1 }), room, HELLO)).toMatchObject({ reason: 'removed' });
    expect(authorise(session({ gen: 2 }), room, HELLO)).toMatchObject({ authorised: true });
  });

  test('a state that can know of the peer and does not puts it out; an earlier one does not', () => {
    const state = stateOf([]);
    const early = { state, receivedAt: HELLO + AUTHORISATION.roomGrace, lostAt: null };
    const late = { ...early, receivedAt: early.receivedAt + 1 };
    expect(authorise(session(), early, HELLO)).toEqual({ authorised: true, until: EXP });
    expect(authorise(session(), late, HELLO)).toEqual({ authorised: false, reason: 'removed' });
    expect(authorise(session({ kind: 'recorder' }), late, HELLO)).toEqual({ authorised: true, until: EXP });
  });

  test('a revoked session is out whatever else is true', () => {
    fc.assert(
      fc.property(
        fc.nat(10),
        fc.nat(10),
        fc.boolean(),
        fc.option(fc.nat(), { nil: null }),
        fc.nat(2 * EXP),
        (gen, minGen, isListed, lostAt, now) => {
          const state = stateOf(isListed ? [{}] : [], [{ session_id: SID, min_gen: minGen }]);
          const verdict = authorise(session({ gen }), { state, receivedAt: HELLO, lostAt }, now);
          return gen >= minGen || (!verdict.authorised && verdict.reason === 'removed');
        },
      ),
    );
  });

  test('never holds beyond the token and one token life of silence', () => {
    fc.assert(
      fc.property(fc.nat(EXP), fc.nat(1e9), (lostAt, after) => {
        const bound = Math.max(EXP, lostAt + TOKEN_LIFE.media * 1000);
        return !authorise(session(), listed(lostAt), bound + after).authorised;
      }),
    );
  });
});

test('the room’s word on what may be sent goes before the token’s', () => {
  const claims = { sid: SID, can_publish: ['camera' as const] };
  expect(rightsOf(claims, null)).toEqual({ canPublish: ['camera'], hardMuted: [] });
  expect(rightsOf(claims, stateOf([{ session_id: randomUUID() }]))).toEqual({
    canPublish: ['camera'],
    hardMuted: [],
  });
  const state = stateOf([{ can_publish: ['microphone'], hard_muted: ['microphone'] }]);
  expect(rightsOf(claims, state)).toEqual({ canPublish: ['microphone'], hardMuted: ['microphone'] });
});

describe('AuthorisationWatch', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: HELLO });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function watch(room: () => RoomKnowledge) {
    const tokenNeeded = vi.fn();
    const denied = vi.fn();
    const watched = new AuthorisationWatch({ session: session(), room, tokenNeeded, denied });
    watched.check();
    return { watched, tokenNeeded, denied };
  }

  test('asks once for a token before the end, and ends there', () => {
    const { tokenNeeded, denied } = watch(() => NOTHING);
    vi.advanceTimersByTime(120_000 - AUTHORISATION.renewBefore - 1);
    expect(tokenNeeded).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(tokenNeeded).toHaveBeenCalledExactlyOnceWith(EXP);
    vi.advanceTimersByTime(AUTHORISATION.renewBefore - 1);
    expect(denied).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(denied).toHaveBeenCalledExactlyOnceWith('expired');
    expect(tokenNeeded).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a renewed token moves the end', () => {
    const { watched, tokenNeeded, denied } = watch(() => NOTHING);
    vi.advanceTimersByTime(100_000);
    watched.renew({ ...session().claims, exp: EXP / 1000 + 120 });
    vi.advanceTimersByTime(120_000);
    expect(denied).not.toHaveBeenCalled();
    expect(tokenNeeded).toHaveBeenCalledTimes(2);
  });

  test('the room’s word is acted on at once, and a closed watch is silent', () => {
    let room = listed();
    const { watched, denied } = watch(() => room);
    vi.advanceTimersByTime(1e9);
    room = { state: stateOf([]), receivedAt: Date.now(), lostAt: null };
    watched.check();
    expect(denied).toHaveBeenCalledExactlyOnceWith('removed');
    watched.check();
    expect(denied).toHaveBeenCalledOnce();
  });
});
