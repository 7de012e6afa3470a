import { LIMITS } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import type { Hearing } from '../headless/listening.ts';
import {
  brokenSounds,
  type Close,
  chatFaults,
  chatOutOfOrder,
  moved,
  overheard,
  rosterFaults,
  thrownOut,
  unheard,
} from './invariants.ts';

function account(number: number, more: Partial<Close> = {}): Close {
  return {
    number,
    name: `N${number}`,
    participantId: `p${number}`,
    status: 'connected',
    because: '',
    roster: [],
    chat: [],
    hearings: [],
    voices: [],
    nodes: ['eu-west-1'],
    ...more,
  };
}

function hearing(sender: number, more: Partial<Hearing> = {}): Hearing {
  return {
    ...{ sender, source: 'microphone', packets: 10, doubled: 0, lost: 0, gapMs: 0 },
    ...{ lastAt: 0, lastSentAt: 0, latestSentAt: 0 },
    ...more,
  };
}

const listed = (...numbers: number[]) =>
  numbers.map((n) => ({ id: `p${n}`, name: `N${n}`, connection: 'connected', audio: true, video: false }));
const chat = (...texts: string[]) => texts.map((text) => ({ id: text, from: 'p1', text, delivery: 'sent' }));

describe('unheard', () => {
  it('names who was not heard lately, or at all, and nobody else', () => {
    const listeners = [
      account(1, { voices: [{ id: 'p2', silentMs: 100 }] }),
      account(2, { voices: [{ id: 'p1', silentMs: 900 }] }),
      account(3, { voices: [{ id: 'p1', silentMs: 10 }] }),
    ];
    const speakers = new Map([
      ['p1', 'N1'],
      ['p2', 'N2'],
    ]);
    expect(unheard(listeners, speakers, 500)).toEqual([
      'N2 has not heard N1 for 900 ms',
      'N3 has not heard N2 at all',
    ]);
  });
});

describe('overheard', () => {
  it('names who is heard with what they said after they were muted', () => {
    const listener = account(1, {
      hearings: [hearing(2, { latestSentAt: 50 }), hearing(3, { latestSentAt: 50 })],
    });
    expect(
      overheard(
        [listener],
        new Map([
          [2, 40],
          [3, 60],
        ]),
      ),
    ).toEqual(['N1 hears number 2, who is muted']);
  });
});

describe('rosterFaults', () => {
  const present = new Map([
    ['p1', 'N1'],
    ['p2', 'N2'],
  ]);

  it('holds when everybody lists everybody', () => {
    expect(rosterFaults([account(1, { roster: listed(1, 2) })], present)).toEqual([]);
  });

  it('finds who is missing, ghosts and doubles', () => {
    expect(rosterFaults([account(1, { roster: listed(1, 3, 1) })], present)).toEqual([
      'N1 does not list N2',
      'N1 lists N3, who is not there',
      'N1 lists somebody twice',
    ]);
  });
});

describe('chatFaults', () => {
  it('holds when all have it in one order', () => {
    const accounts = [account(1, { chat: chat('a', 'b') }), account(2, { chat: chat('a', 'b') })];
    expect(chatFaults(accounts, ['a', 'b'])).toEqual([]);
  });

  it('holds when who came later has the end of a long one', () => {
    const texts = Array.from({ length: LIMITS.chatBacklog + 10 }, (_, index) => `message ${index}`);
    const late = account(2, { chat: chat(...texts.slice(10)) });
    expect(chatFaults([account(1, { chat: chat(...texts) }), late], texts)).toEqual([]);
  });

  it('finds what was lost, doubled or is still pending', () => {
    expect(chatFaults([account(1, { chat: chat('a', 'a') })], ['a', 'b'])).toEqual([
      'N1 has "a" twice in the chat',
      '"b" is not in the chat',
    ]);
    const short = account(2, { chat: chat('b') });
    expect(chatFaults([account(1, { chat: chat('a', 'b') }), short], [])).toEqual(['N2 has 1 messages of 2']);
    const pending = [{ id: 'x', from: 'p1', text: 'x', delivery: 'pending' }];
    expect(chatFaults([account(1, { chat: pending })], [])).toEqual(['"x" of N1 is pending']);
  });
});

describe('chatOutOfOrder', () => {
  it('holds while some have not heard all of it yet', () => {
    const accounts = [account(1, { chat: chat('a', 'b', 'c') }), account(2, { chat: chat('a') }), account(3)];
    expect(chatOutOfOrder(accounts)).toEqual([]);
  });

  it('finds another order', () => {
    const accounts = [account(1, { chat: chat('a', 'b', 'c') }), account(2, { chat: chat('b', 'a') })];
    expect(chatOutOfOrder(accounts)).toEqual(['N2 has the chat in another order']);
  });
});

describe('thrownOut', () => {
  it('names who is not there any more, and not who is on the way back', () => {
    const gone = account(1, { status: 'ended', because: 'session_expired' });
    expect(thrownOut([gone, account(2, { status: 'reconnecting' }), account(3)])).toEqual([
      'N1 is ended (session_expired)',
    ]);
  });
});

describe('brokenSounds and moved', () => {
  it('find what was lost, doubled or late', () => {
    const hearings = [
      hearing(2),
      hearing(3, { lost: 1 }),
      hearing(4, { doubled: 17 }),
      hearing(5, { gapMs: 600 }),
    ];
    expect(brokenSounds([account(1, { hearings })], 500)).toHaveLength(3);
  });

  it('find every new session', () => {
    const after = [account(1, { nodes: ['eu-west-1', 'eu-west-2'] }), account(2)];
    expect(moved([account(1), account(2)], after)).toEqual(['N1 went eu-west-1 → eu-west-2']);
  });
});
