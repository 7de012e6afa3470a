import { MeridianError } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_STATE, type SignalingEvent, type SignalingState, transition } from './signaling-state.ts';

const error = (code: MeridianError['code']) => new MeridianError(code, 'of the test');
const closed = (code: number): SignalingEvent => ({ event: 'socket_closed', code, text: '' });

const STATES = {
  first: FIRST_STATE,
  pausing: { phase: 'pausing', reason: 'lost', resumable: true },
  opening: { phase: 'opening', resumable: false },
  reopening: { phase: 'opening', resumable: true },
  greeting: { phase: 'greeting', resumable: false },
  waiting: { phase: 'waiting', resumable: true },
  joined: { phase: 'joined', resumable: true },
} as const satisfies Record<string, SignalingState>;

type Row = [keyof typeof STATES, SignalingEvent, SignalingState['phase'], string[]];

const TABLE: Row[] = [
  ['first', { event: 'due' }, 'opening', ['open']],
  ['opening', { event: 'opened' }, 'greeting', ['greet join']],
  ['reopening', { event: 'opened' }, 'greeting', ['greet resume']],
  ['greeting', { event: 'joined' }, 'joined', ['stands']],
  ['greeting', { event: 'waiting' }, 'waiting', ['stands']],
  // Let in, on the same socket.
  ['waiting', { event: 'joined' }, 'joined', ['stands']],
  // The reason to wait has changed.
  ['waiting', { event: 'waiting' }, 'waiting', ['stands']],
  ['waiting', closed(4406), 'closed', ['release', 'tell_ended denied']],
  ['waiting', closed(1006), 'pausing', ['tell_down', 'retry 0']],
  // Nobody who is in waits again.
  ['joined', { event: 'waiting' }, 'joined', []],
  ['opening', closed(1006), 'pausing', ['tell_down', 'retry 0']],
  ['greeting', closed(4503), 'pausing', ['tell_down', 'retry 0']],
  ['greeting', { event: 'unanswered' }, 'pausing', ['abandon', 'tell_down', 'retry 0']],
  ['joined', { event: 'unanswered' }, 'joined', []],
  [
    'greeting',
    { event: 'refused', error: error('overloaded') },
    'pausing',
    ['abandon', 'tell_down', 'retry 0'],
  ],
  [
    'greeting',
    { event: 'refused', error: error('session_expired') },
    'closed',
    ['release', 'tell_ended session_expired'],
  ],
  ['greeting', { event: 'refused', error: error('denied') }, 'closed', ['release', 'tell_ended denied']],
  ['greeting', { event: 'refused', error: error('forbidden') }, 'closed', ['release', 'tell_ended failed']],
  ['joined', { event: 'missed' }, 'pausing', ['abandon', 'tell_down', 'retry 0']],
  ['joined', { event: 'refresh' }, 'pausing', ['abandon', 'tell_down', 'retry 0']],
  ['waiting', { event: 'refresh' }, 'waiting', []],
  ['joined', closed(1001), 'pausing', ['tell_down', 'retry 0']],
  ['joined', closed(4500), 'pausing', ['tell_down', 'retry 0']],
  ['joined', closed(4429), 'pausing', ['tell_down', 'retry 0']],
  ['joined', closed(4403), 'closed', ['release', 'tell_ended removed']],
  ['joined', closed(4409), 'closed', ['release', 'tell_ended replaced']],
  ['joined', closed(4410), 'closed', ['release', 'tell_ended meeting_ended']],
  ['pausing', closed(4440), 'pausing', []],
  ['joined', { event: 'meeting_ended' }, 'closed', ['release', 'tell_ended meeting_ended']],
  ['pausing', { event: 'close' }, 'closed', ['release']],
  ['joined', { event: 'due' }, 'joined', []],
  ['pausing', { event: 'opened' }, 'pausing', []],
];

describe('the connection to the room', () => {
  it.each(TABLE)('%s, on %o, becomes %s and does %j', (from, event, phase, effects) => {
    const step = transition(STATES[from], event);
    expect(step.state.phase).toBe(phase);
    expect(
      step.effects.map((e) => {
        const more = 'with' in e ? e.with : 'atLeastMs' in e ? e.atLeastMs : 'reason' in e ? e.reason : '';
        return `${e.effect} ${more}`.trim();
      }),
    ).toEqual(effects);
  });

  it('waits as long as the room asks', () => {
    const busy = new MeridianError('rate_limited', 'slow down', { retryAfterMs: 7_000 });
    const { effects } = transition(STATES.greeting, { event: 'refused', error: busy });
    expect(effects).toContainEqual({ effect: 'retry', atLeastMs: 7_000 });
  });

  it('is never given up because of a network, and never twice ended', () => {
    const network = fc.constantFrom<SignalingEvent>(
      { event: 'due' },
      { event: 'opened' },
      { event: 'joined' },
      { event: 'waiting' },
      { event: 'unanswered' },
      { event: 'missed' },
      { event: 'refresh' },
      { event: 'refused', error: error('timeout') },
      closed(1001),
      closed(1006),
      closed(4500),
      closed(4503),
      closed(4900),
    );
    fc.assert(
      fc.property(fc.array(network, { maxLength: 60 }), (events) => {
        let state: SignalingState = FIRST_STATE;
        let scheduled = true;
        for (const event of events) {
          if (event.event === 'due') {
            // A timer fires only when it was set.
            if (!scheduled) continue;
            scheduled = false;
          }
          const step = transition(state, event);
          state = step.state;
          if (step.effects.some((effect) => effect.effect === 'retry')) scheduled = true;
          expect(state.phase).not.toBe('closed');
          if (state.phase === 'pausing') expect(scheduled, 'another try is due').toBe(true);
        }
        const end = transition(state, { event: 'close' }).state;
        expect(transition(end, { event: 'joined' })).toEqual({ state: end, effects: [] });
      }),
    );
  });
});
