import type { MeridianError } from '@meridian/protocol';
import { ASTRAY } from './config.ts';

/** Why a session is over, or is made. */
export type MediaReason =
  /** The first one. */
  | 'start'
  /** The room named another node. */
  | 'moved'
  /** The standby took the place of a node that is lost. */
  | 'failed_over'
  /** The socket or the media path broke. */
  | 'lost'
  /** The socket broke off, and another one could not be opened while others than this node could be reached. */
  | 'unreachable'
  /** The node has lost its streams and asks for another session at once. */
  | 'media_lost'
  /** The token was refused or has run out. */
  | 'token'
  /** It is not the node the room has named. */
  | 'wrong_node';

/**
 * Media as a whole: `idle → connecting → up ⇄ disturbed`, and on a loss `pausing → (renewing →) connecting`.
 * `failures`: sessions since the last one that was up. `carried`: an older session still carries everything, so that
 * nothing is interrupted (a move, make before break). `wasUp`: the first of the failures was the loss of a session
 * that had worked. `fresh`: nothing that worked has been lost since the room named this node last.
 */
export type MediaState = {
  phase: 'idle' | 'connecting' | 'up' | 'disturbed' | 'pausing' | 'renewing' | 'closed';
  reason: MediaReason;
  failures: number;
  carried: boolean;
  wasUp: boolean;
  fresh: boolean;
};

export type MediaEvent =
  /**
   * The room says where media goes. `at`: where the session there is goes: to the node that is named, to the standby that
   * is named with it, or elsewhere. `known`: it is what was tried.
   */
  | { event: 'named'; at: 'node' | 'standby' | 'elsewhere'; known: boolean }
  | { event: 'up' }
  /** Packets have stopped getting through; ICE is being restarted. */
  | { event: 'disturbed' }
  | { event: 'lost'; reason: Exclude<MediaReason, 'start' | 'moved' | 'failed_over'>; retryAfterMs: number }
  /** The node is lost, and a standby is ready to take its place. */
  | { event: 'fail_over' }
  /** There is no way to have media with this page. */
  | { event: 'impossible'; error: MeridianError }
  /** The older session does not carry any more. */
  | { event: 'carrier_lost' }
  /** The pause is over. */
  | { event: 'due'; tokenStale: boolean }
  | { event: 'token' }
  | { event: 'no_token' }
  | { event: 'close' };

export type MediaEffect =
  | { effect: 'open' }
  /** Put the present session aside: what flows of it may flow until a new one is up. */
  | { effect: 'set_aside' }
  /** The same, and keep its last pictures, too. The standby is the present session. */
  | { effect: 'activate' }
  /** Close the present session: it is of no use. */
  | { effect: 'drop' }
  | { effect: 'renew_token' }
  | { effect: 'retry'; atLeastMs: number; atOnce: boolean }
  /** Do now what was to be done after the pause. */
  | { effect: 'hurry' }
  | { effect: 'tell_interrupted'; down: boolean }
  /** The new session is up: let the older one go as its streams are taken over. */
  | { effect: 'hand_over' }
  /** Ask the room for another node, or, when this is not the one it named, to say it again. */
  | { effect: 'ask_room'; about: 'unreachable' | 'lost' | 'wrong_node' }
  | { effect: 'release' }
  | { effect: 'tell_impossible'; error: MeridianError };

export type MediaStep = { state: MediaState; effects: readonly MediaEffect[] };

export const MEDIA_IDLE: MediaState = {
  phase: 'idle',
  reason: 'start',
  failures: 0,
  carried: false,
  wasUp: false,
  fresh: false,
};

/** Nothing a network does ends it. Pure. */
export function mediaTransition(state: MediaState, event: MediaEvent): MediaStep {
  if (state.phase === 'closed') return { state, effects: [] };
  switch (event.event) {
    case 'named':
      return named(state, event);
    case 'up':
      if (!live(state)) return { state, effects: [] };
      return {
        state: { ...state, phase: 'up', failures: 0, carried: false, wasUp: false },
        effects: [{ effect: 'tell_interrupted', down: false }, { effect: 'hand_over' }],
      };
    case 'disturbed':
      if (state.phase !== 'up') return { state, effects: [] };
      return {
        state: { ...state, phase: 'disturbed' },
        effects: [{ effect: 'tell_interrupted', down: true }],
      };
    case 'lost':
      return live(state) ? lost(state, event) : { state, effects: [] };
    case 'fail_over':
      // What is carried by an older session is not lost.
      if (!live(state) || state.carried) return { state, effects: [] };
      return {
        state: {
          phase: 'connecting',
          reason: 'failed_over',
          failures: 0,
          carried: false,
          wasUp: false,
          fresh: true,
        },
        effects: [{ effect: 'activate' }],
      };
    case 'impossible':
      return {
        state: { ...state, phase: 'closed', carried: false },
        effects: [{ effect: 'release' }, { effect: 'tell_impossible', error: event.error }],
      };
    case 'carrier_lost':
      if (!state.carried) return { state, effects: [] };
      return { state: { ...state, carried: false }, effects: [{ effect: 'tell_interrupted', down: true }] };
    case 'due':
      if (state.phase !== 'pausing') return { state, effects: [] };
      return event.tokenStale
        ? { state: { ...state, phase: 'renewing' }, effects: [{ effect: 'renew_token' }] }
        : { state: { ...state, phase: 'connecting' }, effects: [{ effect: 'open' }] };
    case 'token':
      if (state.phase !== 'renewing') return { state, effects: [] };
      return { state: { ...state, phase: 'connecting' }, effects: [{ effect: 'open' }] };
    case 'no_token':
      if (state.phase !== 'renewing') return { state, effects: [] };
      return {
        state: { ...state, phase: 'pausing' },
        effects: [{ effect: 'retry', atLeastMs: 0, atOnce: false }],
      };
    case 'close':
      return { state: { ...state, phase: 'closed', carried: false }, effects: [{ effect: 'release' }] };
  }
}

/** A session is there. */
function live({ phase }: MediaState): boolean {
  return phase === 'connecting' || phase === 'up' || phase === 'disturbed';
}

function named(state: MediaState, { at, known }: MediaEvent & { event: 'named' }): MediaStep {
  if (state.phase === 'idle') {
    return {
      state: { ...state, phase: 'connecting', reason: 'start', fresh: true },
      effects: [{ effect: 'open' }],
    };
  }
  if (!live(state)) {
    // Of another node nothing has failed yet: it has its turn before the standby that is named with it.
    const next = known ? state : { ...state, failures: 0, wasUp: false, fresh: true };
    // Hearing of the same wrong node again is no reason to hurry there.
    const wrongAgain = state.reason === 'wrong_node' && known;
    return { state: next, effects: state.phase === 'pausing' && !wrongAgain ? [{ effect: 'hurry' }] : [] };
  }
  // On its own way to the standby when the room knows of something else: there it meets those who were lost with it.
  const called = !known && state.phase === 'connecting' && state.reason !== 'failed_over';
  if (at === 'node' || (at === 'standby' && !called)) {
    // Where it works the room's word is a new start, also for what was found before the room said so.
    return { state: { ...state, fresh: state.fresh || !known || state.phase === 'up' }, effects: [] };
  }
  return {
    state: {
      phase: 'connecting',
      reason: 'moved',
      failures: 0,
      carried: state.phase === 'up' || state.carried,
      wasUp: false,
      fresh: true,
    },
    effects: [{ effect: state.carried ? 'drop' : 'set_aside' }, { effect: 'open' }],
  };
}

function lost(state: MediaState, { reason, retryAfterMs }: MediaEvent & { event: 'lost' }): MediaStep {
  // One that was found to be gone does not have another turn first.
  const failures = Math.max(state.failures + 1, reason === 'unreachable' ? ASTRAY.afterUp : 0);
  const fromUp = state.phase !== 'connecting';
  const wasUp = state.wasUp || fromUp;
  const effects: MediaEffect[] = [
    // Of a session that lost its streams nothing flows; and beside one that carries everything it is not needed.
    { effect: reason === 'media_lost' || state.carried ? 'drop' : 'set_aside' },
  ];
  if (!state.carried) effects.push({ effect: 'tell_interrupted', down: true });
  // A wrong node is known at once; a silent one may only be busy.
  if (reason === 'wrong_node') {
    if (failures % ASTRAY.every === 1) effects.push({ effect: 'ask_room', about: 'wrong_node' });
  } else if (failures % ASTRAY.every === (wasUp ? ASTRAY.afterUp : 0)) {
    effects.push({ effect: 'ask_room', about: wasUp ? 'lost' : 'unreachable' });
  }
  // Pauses that grew with losses elsewhere say nothing about this node; but it is not to be hammered either.
  const broken = reason === 'lost' || reason === 'unreachable';
  const first = broken && state.fresh && retryAfterMs === 0;
  const atOnce = fromUp && (reason === 'media_lost' || first);
  effects.push({ effect: 'retry', atLeastMs: retryAfterMs, atOnce });
  const fresh = state.fresh && !fromUp;
  return { state: { ...state, phase: 'pausing', reason, failures, wasUp, fresh }, effects };
}
