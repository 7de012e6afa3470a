import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RELAY } from '../config.ts';
import { LostNeighbours } from './lost-neighbours.ts';

const T = 10_000;
const LATER = T + RELAY.repairAfter;

function silentNeighbour(): LostNeighbours {
  const lost = new LostNeighbours();
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
    expect(lost.roomAway).toBe(true);
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
    lost.roomBack();
    expect(lost.roomAway).toBe(false);
    expect(lost.update(LATER)).toBe(false);
  });

  test('nor when it is no neighbour any more', () => {
    const lost = silentNeighbour();
    lost.watchOnly(new Set(['another']));
    lost.roomLost(T);
    expect(lost.update(LATER)).toBe(false);
  });
});

describe('a neighbour that was lost', () => {
  const lostOne = (): LostNeighbours => {
    const lost = silentNeighbour();
    lost.roomLost(T);
    lost.update(LATER);
    return lost;
  };

  test('stays so when the room is back, which has yet to find out', () => {
    const lost = lostOne();
    lost.roomBack();
    lost.watchOnly(new Set(['hub']));
    expect([...lost.ids]).toEqual(['hub']);
  });

  test.each<[string, (lost: LostNeighbours) => void]>([
    ['it is heard', (lost) => lost.heard('hub')],
    ['links are others', (lost) => lost.forget()],
    ['it is a neighbour no more', (lost) => lost.watchOnly(new Set())],
  ])('until %s', (_what, happens) => {
    const lost = lostOne();
    happens(lost);
    expect([...lost.ids]).toEqual([]);
  });
});

test('whatever happens, nobody is lost who was not silent while the room was away, and nothing is due for ever', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ what: fc.constantFrom('heard' as const, 'fellSilent' as const), id }),
    fc.record({ what: fc.constantFrom('roomLost' as const, 'roomBack' as const, 'forget' as const) }),
    fc.record({ what: fc.constant('wait' as const), ms: fc.nat(2_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lost = new LostNeighbours();
      const [silent, silentWhileAway] = [new Set<string>(), new Set<string>()];
      let now = 0;
      for (const one of steps) {
        if (one.what === 'wait') now += one.ms;
        else if (one.what === 'roomLost') lost.roomLost(now);
        else if (one.what === 'heard' || one.what === 'fellSilent') {
          lost[one.what](one.id);
          silent[one.what === 'heard' ? 'delete' : 'add'](one.id);
          if (one.what === 'heard') silentWhileAway.delete(one.id);
        } else lost[one.what]();
        if (lost.roomAway) for (const nodeId of silent) silentWhileAway.add(nodeId);
        lost.update(now);
        for (const nodeId of lost.ids) expect(silentWhileAway).toContain(nodeId);
        expect(lost.dueIn(now)).not.toBe(0);
      }
    }),
  );
});
