/**
 * The session that is kept beside the one in use: `none` where no node is named for it, `held` until media is up,
 * `delayed` for a moment after, then `opening ⇄ ready`, and `pausing` after a loss. `media`: whether what it is a
 * standby for works now; a new one is only made then, since it must not slow a join or a recovery down.
 */
export type StandbyState = {
  phase: 'none' | 'held' | 'delayed' | 'opening' | 'ready' | 'pausing';
  media: boolean;
};

export type StandbyEvent =
  /** The room has named a node for it, or none. `same`: the one it is at, prepared in the same way. */
  | { event: 'assigned'; named: boolean; same: boolean }
  | { event: 'media'; up: boolean }
  /** The delay or the pause is over. */
  | { event: 'due' }
  /** Everything is prepared. */
  | { event: 'up' }
  /** Its way has broken; ICE is being restarted. */
  | { event: 'disturbed' }
  | { event: 'lost'; retryAfterMs: number }
  /** It has become the session in use. */
  | { event: 'taken' };

export type StandbyEffect =
  | { effect: 'open' }
  | { effect: 'drop' }
  /** A moment from now: what people wait for goes first. */
  | { effect: 'delay' }
  | { effect: 'retry'; atLeastMs: number }
  /** Nothing is to be done after a delay any more. */
  | { effect: 'cancel' }
  | { effect: 'succeeded' };

export type StandbyStep = { state: StandbyState; effects: readonly StandbyEffect[] };

export const NO_STANDBY: StandbyState = { phase: 'none', media: false };

/** Pure. */
export function standbyTransition(state: StandbyState, event: StandbyEvent): StandbyStep {
  const { phase, media } = state;
  const stay: StandbyStep = { state, effects: [] };
  switch (event.event) {
    case 'assigned':
      if (!event.named) return { state: { ...state, phase: 'none' }, effects: [...end(phase)] };
      if (event.same && phase !== 'none') return stay;
      return begin(media, end(phase));
    case 'media':
      if (event.up === media) return stay;
      if (event.up)
        return phase === 'held' ? begin(true, []) : { state: { ...state, media: true }, effects: [] };
      // One that is there may be needed now; one that is not would only be in the way.
      if (phase === 'delayed' || phase === 'pausing') {
        return { state: { phase: 'held', media: false }, effects: [{ effect: 'cancel' }] };
      }
      return { state: { ...state, media: false }, effects: [] };
    case 'due':
      if (phase !== 'delayed' && phase !== 'pausing') return stay;
      return { state: { ...state, phase: 'opening' }, effects: [{ effect: 'open' }] };
    case 'up':
      if (phase !== 'opening') return stay;
      return { state: { ...state, phase: 'ready' }, effects: [{ effect: 'succeeded' }] };
    case 'disturbed':
      return phase === 'ready' ? { state: { ...state, phase: 'opening' }, effects: [] } : stay;
    case 'lost':
      if (phase !== 'opening' && phase !== 'ready') return stay;
      if (!media) return { state: { ...state, phase: 'held' }, effects: [{ effect: 'drop' }] };
      return {
        state: { ...state, phase: 'pausing' },
        effects: [{ effect: 'drop' }, { effect: 'retry', atLeastMs: event.retryAfterMs }],
      };
    case 'taken':
      return { state: { ...state, phase: 'none' }, effects: [] };
  }
}

function begin(media: boolean, before: readonly StandbyEffect[]): StandbyStep {
  return media
    ? { state: { phase: 'delayed', media }, effects: [...before, { effect: 'delay' }] }
    : { state: { phase: 'held', media }, effects: before };
}

/** What undoes a phase. */
function end(phase: StandbyState['phase']): readonly StandbyEffect[] {
  switch (phase) {
    case 'delayed':
    case 'pausing':
      return [{ effect: 'cancel' }];
    case 'opening':
    case 'ready':
      return [{ effect: 'drop' }];
    case 'none':
    case 'held':
      return [];
  }
}
