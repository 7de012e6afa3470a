import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RELAY } from '../config.ts';
import { LostNeighbours } from './lost-neighbours.ts';

const T = 10_000;
const LATER = T + RELAY.repairAfter;
const HUB = new Set(['hub']);
const EVERYBODY = new Set(['a', 'b', 'c']);

/** A neighbour that has been heard of, and then was not any more. */
function silentNeighbour(): LostNeighbours {
  const lost = new LostNeighbours();
  lost.attached('hub', 'first-run');
  lost.fellSilent('hub');
  return lost;
}

describe('a neighbour that falls silent', () => {
  test('is the business of the room as long as that is there', () => {
    const lost = silentNeighbour();
    expect(lost.dueIn(T)).toBeNull();
    expect(lost.update(LATER)).toBe(false);
    expect([...lost.ids]).toEqual([]);
  });

  test('is taken for lost when the room has been away for a while', () => {
    const lost = silentNeighbour();
    lost.roomLost(T);
    lost.roomLost(T + 500);
    expect(lost.dueIn(T + 500)).toBe(RELAY.repairAfter - 500);
    expect(lost.update(LATER - 1)).toBe(false);
    expect(lost.update(LATER)).toBe(true);
    expect([...lost.ids]).toEqual(['hub']);
    expect(lost.dueIn(LATER)).toBeNull();
  });

  test('at once when the room has been away for longer', () => {
    const lost = new LostNeighbours();
    lost.roomLost(T);
    expect(lost.dueIn(LATER)).toBeNull();
    lost.attached('hub', 'first-run');
    lost.fellSilent('hub');
    expect(lost.update(LATER)).toBe(true);
  });

  test('not when it is heard in time', () => {
    const lost = silentNeighbour();
    lost.roomLost(T);
    expect(lost.heard('hub')).toBe(false);
    expect(lost.update(LATER)).toBe(false);
  });

  test('nor when the room is back in time', () => {
    const lost = silentNeighbour();
    lost.roomLost(T);
    lost.roomBack(HUB);
    expect(lost.update(LATER)).toBe(false);
  });
});

test('who is no neighbour any more is nobody to lose', () => {
  const lost = silentNeighbour();
  lost.roomBack(new Set(['another']));
  lost.roomLost(T);
  expect(lost.dueIn(T)).toBeNull();
  expect(lost.update(LATER)).toBe(false);
});

describe('a neighbour that was lost', () => {
  const lostOne = (): LostNeighbours => {
    const lost = silentNeighbour();
    lost.roomLost(T);
    lost.update(LATER);
    return lost;
  };

  test('is one again when it is heard, or comes back as the same process', () => {
    for (const comesBack of [
      (lost: LostNeighbours) => lost.heard('hub'),
      (lost: LostNeighbours) => lost.attached('hub', 'first-run'),
    ]) {
      const lost = lostOne();
      expect(comesBack(lost)).toBe(true);
      expect([...lost.ids]).toEqual([]);
    }
  });

  test('is none as another process, which knows nothing of the meeting, whatever becomes of its socket', () => {
    const lost = lostOne();
    for (let i = 0; i < 2; i++) {
      expect(lost.attached('hub', 'second-run')).toBe(false);
      expect(lost.heard('hub')).toBe(false);
      lost.fellSilent('hub');
      expect(lost.update(LATER + 1)).toBe(false);
    }
    expect([...lost.ids]).toEqual(['hub']);
    lost.roomBack(HUB);
    expect([...lost.ids]).toEqual([]);
  });
});

test('whatever happens, nobody is lost who was not silent while the room was away', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  const boot = fc.constantFrom('1', '2');
  const step = fc.oneof(
    fc.record({ what: fc.constant('attached' as const), id, boot }),
    fc.record({ what: fc.constantFrom('heard' as const, 'fellSilent' as const), id }),
    fc.record({ what: fc.constantFrom('roomLost' as const, 'roomBack' as const) }),
    fc.record({ what: fc.constant('wait' as const), ms: fc.nat(2_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lost = new LostNeighbours();
      const silentWhileAway = new Set<string>();
      const silent = new Set<string>();
      let [now, away] = [0, false];
      for (const one of steps) {
        if (one.what === 'attached') lost.attached(one.id, one.boot);
        if (one.what === 'heard' || one.what === 'fellSilent') lost[one.what](one.id);
        if (one.what === 'fellSilent') silent.add(one.id);
        if (one.what === 'attached' || one.what === 'heard') silent.delete(one.id);
        if (one.what === 'roomLost') {
          lost.roomLost(now);
          away = true;
        }
        if (one.what === 'roomBack') {
          lost.roomBack(EVERYBODY);
          away = false;
          silentWhileAway.clear();
        }
        if (one.what === 'wait') now += one.ms;
        if (away) for (const nodeId of silent) silentWhileAway.add(nodeId);
        lost.update(now);
        for (const nodeId of lost.ids) expect(silentWhileAway).toContain(nodeId);
        // Nothing is due for ever.
        expect(lost.dueIn(now)).not.toBe(0);
      }
    }),
  );
});
