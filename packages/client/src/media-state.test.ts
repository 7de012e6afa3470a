import { MeridianError } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MEDIA_IDLE,
  type MediaEffect,
  type MediaEvent,
  type MediaState,
  mediaTransition,
} from './media-state.ts';

const at = (phase: MediaState['phase'], more: Partial<MediaState> = {}): MediaState => ({
  ...MEDIA_IDLE,
  phase,
  ...more,
});
const lost = (reason: (MediaEvent & { event: 'lost' })['reason'], retryAfterMs = 0): MediaEvent => ({
  event: 'lost',
  reason,
  retryAfterMs,
});
const named = (at: (MediaEvent & { event: 'named' })['at'], known = false): MediaEvent => ({
  event: 'named',
  at,
  known,
});

const short = (effect: MediaEffect): string => {
  switch (effect.effect) {
    case 'tell_interrupted':
      return effect.down ? 'down' : 'not down';
    case 'ask_room':
      return `ask about ${effect.about}`;
    case 'retry':
      return effect.atOnce ? 'retry at once' : 'retry';
    default:
      return effect.effect;
  }
};

type Row = [string, MediaState, MediaEvent, Partial<MediaState>, string[]];

const TABLE: Row[] = [
  [
    'begins when the room names a node',
    at('idle'),
    named('elsewhere'),
    { phase: 'connecting', reason: 'start' },
    ['open'],
  ],
  ['is up', at('connecting'), { event: 'up' }, { phase: 'up' }, ['not down', 'hand_over']],
  ['restarts ICE first', at('up'), { event: 'disturbed' }, { phase: 'disturbed' }, ['down']],
  ['heals', at('disturbed'), { event: 'up' }, { phase: 'up' }, ['not down', 'hand_over']],
  ['is lost', at('up'), lost('lost'), { phase: 'pausing', failures: 1 }, ['set_aside', 'down', 'retry']],
  [
    'is lost for the first time since the room named it',
    at('up', { fresh: true }),
    lost('lost'),
    { phase: 'pausing', failures: 1, fresh: false },
    ['set_aside', 'down', 'retry at once'],
  ],
  [
    'is lost, and has said when to come back',
    at('up', { fresh: true }),
    lost('lost', 500),
    { phase: 'pausing', fresh: false },
    ['set_aside', 'down', 'retry'],
  ],
  [
    'has never worked',
    at('connecting', { fresh: true }),
    lost('lost'),
    { phase: 'pausing', fresh: true },
    ['set_aside', 'down', 'retry'],
  ],
  [
    'has lost its streams',
    at('up'),
    lost('media_lost'),
    { phase: 'pausing' },
    ['drop', 'down', 'retry at once'],
  ],
  // A node that loses them again right away is not to be hammered.
  [
    'has lost them before it was up',
    at('connecting'),
    lost('media_lost'),
    { phase: 'pausing' },
    ['drop', 'down', 'retry'],
  ],
  [
    'asks about a silent node the third time',
    at('connecting', { failures: 2 }),
    lost('lost'),
    { failures: 3 },
    ['set_aside', 'down', 'ask about unreachable', 'retry'],
  ],
  [
    'asks sooner about one that had worked',
    at('connecting', { failures: 1, wasUp: true }),
    lost('lost'),
    { failures: 2 },
    ['set_aside', 'down', 'ask about lost', 'retry'],
  ],
  [
    'asks at once about one that cannot be reached, and goes elsewhere meanwhile',
    at('up', { fresh: true }),
    lost('unreachable'),
    { phase: 'pausing', reason: 'unreachable', failures: 2, fresh: false },
    ['set_aside', 'down', 'ask about lost', 'retry at once'],
  ],
  [
    'goes over to its standby without a word',
    at('up'),
    { event: 'fail_over' },
    { phase: 'connecting', reason: 'failed_over', failures: 0 },
    ['activate'],
  ],
  [
    'does not while an older session carries everything',
    at('connecting', { carried: true }),
    { event: 'fail_over' },
    { phase: 'connecting', carried: true },
    [],
  ],
  [
    'asks about a wrong node at once',
    at('connecting'),
    lost('wrong_node'),
    { reason: 'wrong_node' },
    ['set_aside', 'down', 'ask about wrong_node', 'retry'],
  ],
  ['tries again', at('pausing'), { event: 'due', tokenStale: false }, { phase: 'connecting' }, ['open']],
  ['renews first', at('pausing'), { event: 'due', tokenStale: true }, { phase: 'renewing' }, ['renew_token']],
  ['has a token', at('renewing'), { event: 'token' }, { phase: 'connecting' }, ['open']],
  ['gets none', at('renewing'), { event: 'no_token' }, { phase: 'pausing' }, ['retry']],
  [
    'hurries when the room speaks',
    at('pausing', { reason: 'lost' }),
    named('elsewhere'),
    { phase: 'pausing' },
    ['hurry'],
  ],
  [
    'begins with the node that is named, and not with the standby beside it',
    at('pausing', { reason: 'lost', failures: 2, wasUp: true }),
    named('elsewhere'),
    { phase: 'pausing', failures: 0, wasUp: false, fresh: true },
    ['hurry'],
  ],
  [
    'also while it waits for a token',
    at('renewing', { reason: 'lost', failures: 2, wasUp: true }),
    named('elsewhere'),
    { phase: 'renewing', failures: 0, wasUp: false },
    [],
  ],
  [
    'goes on counting when the same is named again',
    at('pausing', { reason: 'lost', failures: 2, wasUp: true }),
    named('elsewhere', true),
    { phase: 'pausing', failures: 2, wasUp: true },
    ['hurry'],
  ],
  [
    'does not hurry back to the wrong node',
    at('pausing', { reason: 'wrong_node' }),
    named('elsewhere', true),
    {},
    [],
  ],
  [
    'hurries to the right one',
    at('pausing', { reason: 'wrong_node' }),
    named('elsewhere', false),
    {},
    ['hurry'],
  ],
  ['stays where it is', at('up'), named('node', true), { phase: 'up', fresh: true }, []],
  ['stays at the standby that took over', at('up'), named('standby'), { phase: 'up' }, []],
  [
    'stays with it before it is up',
    at('connecting', { reason: 'failed_over' }),
    named('standby'),
    { phase: 'connecting', reason: 'failed_over' },
    [],
  ],
  [
    'goes where the room says rather than to the standby',
    at('connecting', { reason: 'unreachable', failures: 2, wasUp: true }),
    named('standby'),
    { phase: 'connecting', reason: 'moved', failures: 0 },
    ['set_aside', 'open'],
  ],
  [
    'and to the standby while the room knows of nothing else',
    at('connecting', { reason: 'unreachable', failures: 2, wasUp: true }),
    named('standby', true),
    { reason: 'unreachable', failures: 2 },
    [],
  ],
  ['is where the room says by now', at('up'), named('node'), { phase: 'up', fresh: true }, []],
  [
    'moves, make before break',
    at('up'),
    named('elsewhere'),
    { phase: 'connecting', reason: 'moved', carried: true },
    ['set_aside', 'open'],
  ],
  [
    'moves on before it has arrived',
    at('connecting', { carried: true }),
    named('elsewhere'),
    { carried: true },
    ['drop', 'open'],
  ],
  [
    'moves from what was broken',
    at('disturbed'),
    named('elsewhere'),
    { carried: false },
    ['set_aside', 'open'],
  ],
  [
    'has arrived',
    at('connecting', { carried: true }),
    { event: 'up' },
    { phase: 'up', carried: false },
    ['not down', 'hand_over'],
  ],
  [
    'does not arrive, and nobody notices',
    at('connecting', { carried: true }),
    lost('lost'),
    { carried: true },
    ['drop', 'retry'],
  ],
  [
    'loses what carried it',
    at('pausing', { carried: true }),
    { event: 'carrier_lost' },
    { carried: false },
    ['down'],
  ],
  ['has let go of it before', at('up'), { event: 'carrier_lost' }, { phase: 'up' }, []],
  ['ends', at('pausing'), { event: 'close' }, { phase: 'closed' }, ['release']],
  ['hears nothing after the end', at('closed'), { event: 'up' }, { phase: 'closed' }, []],
];

describe('media as a whole', () => {
  it.each(TABLE)('%s', (_name, from, event, state, effects) => {
    const step = mediaTransition(from, event);
    expect(step.state).toMatchObject(state);
    expect(step.effects.map(short)).toEqual(effects);
  });

  it('says when there is no way at all', () => {
    const error = new MeridianError('caps_mismatch', 'too old');
    const { state, effects } = mediaTransition(at('connecting'), { event: 'impossible', error });
    expect(state.phase).toBe('closed');
    expect(effects).toEqual([{ effect: 'release' }, { effect: 'tell_impossible', error }]);
  });

  it('whatever happens, has a session or tries for one, and tells of an interruption while nothing carries', () => {
    const event = fc.constantFrom<MediaEvent>(
      named('node'),
      named('standby'),
      named('elsewhere'),
      named('elsewhere', true),
      { event: 'up' },
      { event: 'disturbed' },
      lost('lost'),
      lost('unreachable'),
      lost('media_lost'),
      lost('token'),
      lost('wrong_node'),
      { event: 'carrier_lost' },
      { event: 'due', tokenStale: false },
      { event: 'due', tokenStale: true },
      { event: 'token' },
      { event: 'no_token' },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        let state = MEDIA_IDLE;
        let session = false;
        let scheduled = false;
        let down = false;
        for (const each of events) {
          if (each.event === 'due') {
            // A timer fires only when it was set.
            if (!scheduled) continue;
            scheduled = false;
          }
          const step = mediaTransition(state, each);
          state = step.state;
          for (const effect of step.effects) {
            if (effect.effect === 'open') {
              expect(session, 'one at a time').toBe(false);
              session = true;
            }
            if (effect.effect === 'drop' || effect.effect === 'set_aside') session = false;
            if (effect.effect === 'retry') scheduled = true;
            if (effect.effect === 'tell_interrupted') down = effect.down;
          }
          expect(session).toBe(['connecting', 'up', 'disturbed'].includes(state.phase));
          if (state.phase === 'pausing') expect(scheduled).toBe(true);
          if (state.phase === 'up') expect(down).toBe(false);
          if (state.phase === 'pausing' || state.phase === 'renewing') expect(down).toBe(!state.carried);
        }
      }),
    );
  });
});
