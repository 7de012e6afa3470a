import { CLOSE, isFinalClose, type MeridianError } from '@meridian/protocol';
import { endOfClose, endOfError } from './errors.ts';
import type { EndReason } from './types.ts';

/** Why there is no connection now. */
export type DownReason =
  /** Nothing was tried before. */
  | 'first'
  /** The network, or the server, let the socket go. */
  | 'lost'
  /** An event was missed, or the room is to be asked anew. */
  | 'out_of_step'
  /** The room does not take anybody just now. */
  | 'refused'
  /** The room did not answer the greeting in time. */
  | 'silent';

/**
 * The connection to the room:
 * `pausing → opening → greeting → (waiting →) joined`, from each back to `pausing`, and to `closed`.
 * `resumable`: the room has given a session to come back to.
 */
export type SignalingState =
  | { phase: 'pausing'; reason: DownReason; resumable: boolean }
  | { phase: 'opening'; resumable: boolean }
  | { phase: 'greeting'; resumable: boolean }
  | { phase: 'waiting'; resumable: true }
  | { phase: 'joined'; resumable: true }
  | { phase: 'closed'; reason: EndReason; resumable: false };

export type SignalingEvent =
  /** The pause is over. */
  | { event: 'due' }
  | { event: 'opened' }
  | { event: 'joined' }
  | { event: 'waiting' }
  /** An error in place of `joined`. */
  | { event: 'refused'; error: MeridianError }
  | { event: 'unanswered' }
  | { event: 'socket_closed'; code: number; text: string }
  | { event: 'missed' }
  | { event: 'refresh' }
  | { event: 'meeting_ended' }
  | { event: 'close' };

export type SignalingEffect =
  | { effect: 'open' }
  | { effect: 'greet'; with: 'join' | 'resume' }
  /** Give the socket up without a goodbye. */
  | { effect: 'abandon' }
  /** Try again after the policy's pause, and at least after this. */
  | { effect: 'retry'; atLeastMs: number }
  /** The connection is gone, and is being restored. */
  | { effect: 'tell_down' }
  /** It stands: the retries start anew when it lasts. */
  | { effect: 'stands' }
  | { effect: 'release' }
  | { effect: 'tell_ended'; reason: EndReason; error?: MeridianError };

export type Step = { state: SignalingState; effects: readonly SignalingEffect[] };

export const FIRST_STATE: SignalingState = { phase: 'pausing', reason: 'first', resumable: false };

/** Only the room ends it, or close(): whatever a network does leads back to trying. Pure. */
export function transition(state: SignalingState, event: SignalingEvent): Step {
  if (state.phase === 'closed') return stay(state);
  switch (event.event) {
    case 'due':
      if (state.phase !== 'pausing') return stay(state);
      return { state: { phase: 'opening', resumable: state.resumable }, effects: [{ effect: 'open' }] };
    case 'opened':
      if (state.phase !== 'opening') return stay(state);
      return {
        state: { phase: 'greeting', resumable: state.resumable },
        effects: [{ effect: 'greet', with: state.resumable ? 'resume' : 'join' }],
      };
    case 'joined':
      // On an open socket at any time: who waits is let in, and a room may say it all anew.
      if (state.phase === 'pausing' || state.phase === 'opening') return stay(state);
      return { state: { phase: 'joined', resumable: true }, effects: [{ effect: 'stands' }] };
    case 'waiting':
      if (state.phase !== 'greeting' && state.phase !== 'waiting') return stay(state);
      return { state: { phase: 'waiting', resumable: true }, effects: [{ effect: 'stands' }] };
    case 'refused': {
      if (state.phase !== 'greeting') return stay(state);
      const end = endOfError(event.error);
      return end
        ? closed(end.reason, end.error)
        : down(state, 'refused', [{ effect: 'abandon' }], event.error.retryAfterMs);
    }
    case 'unanswered':
      return state.phase === 'greeting' ? down(state, 'silent', [{ effect: 'abandon' }]) : stay(state);
    case 'socket_closed': {
      if (state.phase === 'pausing') return stay(state);
      if (!isFinalClose(event.code))
        return down(state, event.code === CLOSE.unavailable ? 'refused' : 'lost');
      const end = endOfClose(event.code, event.text);
      return closed(end.reason, end.error);
    }
    case 'missed':
    case 'refresh':
      return state.phase === 'joined' ? down(state, 'out_of_step', [{ effect: 'abandon' }]) : stay(state);
    case 'meeting_ended':
      return closed('meeting_ended');
    case 'close':
      return {
        state: { phase: 'closed', reason: 'left', resumable: false },
        effects: [{ effect: 'release' }],
      };
  }
}

function stay(state: SignalingState): Step {
  return { state, effects: [] };
}

function down(
  state: SignalingState,
  reason: DownReason,
  first: readonly SignalingEffect[] = [],
  atLeastMs = 0,
): Step {
  return {
    state: { phase: 'pausing', reason, resumable: state.resumable },
    effects: [...first, { effect: 'tell_down' }, { effect: 'retry', atLeastMs }],
  };
}

function closed(reason: EndReason, error?: MeridianError): Step {
  return {
    state: { phase: 'closed', reason, resumable: false },
    effects: [{ effect: 'release' }, { effect: 'tell_ended', reason, ...(error ? { error } : {}) }],
  };
}
