import { meshLinks } from '@meridian/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RELAY } from '../config.ts';
import { RelayRepair } from './relay-repair.ts';

const MESH = ['hub-a', 'leaf-a', 'hub-b', 'leaf-b'].map((node_id) => ({
  ...{ node_id, region: node_id.slice(-1), relay_url: `ws://${node_id}` },
}));
const DESIRED = { mesh: MESH, links: meshLinks(MESH), topology_epoch: 7 };

/** The view of a node of that meeting. */
function at(self: string, desired = DESIRED) {
  const changed = vi.fn();
  const repair = new RelayRepair({ self, changed, logger: pino({ level: 'silent' }) });
  repair.roomSaid(desired);
  return {
    repair,
    changed,
    neighbours: () => [...(repair.topology?.neighbours ?? [])].toSorted().join(),
    /** The room goes away, and so does the hub of the region. */
    losesHub: async () => {
      repair.roomLost();
      repair.fellSilent('hub-a');
      await vi.advanceTimersByTimeAsync(RELAY.repairAfter);
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('without the room', () => {
  test('a leaf takes the place of its hub, and keeps the link in case that is back', async () => {
    const { repair, changed, neighbours, losesHub } = at('leaf-a');
    expect(neighbours()).toBe('hub-a');
    await losesHub();
    expect(changed).toHaveBeenCalledOnce();
    expect(neighbours()).toBe('hub-a,hub-b');
    expect(repair.topology?.parent('leaf-b')).toBe('hub-b');
    repair.heard('hub-a');
    expect(changed).toHaveBeenCalledTimes(2);
    expect(neighbours()).toBe('hub-a,hub-b');
    expect(repair.topology?.parent('leaf-b')).toBe('hub-a');
  });

  test('one that falls silent beside stays linked as well', async () => {
    const { repair, neighbours, losesHub } = at('leaf-a');
    await losesHub();
    repair.fellSilent('hub-b');
    await vi.advanceTimersByTimeAsync(RELAY.repairAfter);
    expect(neighbours()).toBe('hub-a,hub-b,leaf-b');
  });

  test('whoever dials is taken, and who refuses is left alone', async () => {
    const { repair, neighbours } = at('leaf-b');
    repair.dialled('leaf-a');
    expect(neighbours()).toBe('hub-b');
    repair.roomLost();
    repair.dialled('a-stranger');
    repair.dialled('leaf-a');
    expect(neighbours()).toBe('hub-b,leaf-a');
    expect(repair.refused('hub-b')).toBe(false);
    const leaf = at('leaf-a');
    await leaf.losesHub();
    expect(leaf.repair.refused('hub-b')).toBe(true);
    expect(leaf.neighbours()).toBe('hub-a');
    await vi.advanceTimersByTimeAsync(RELAY.refusedFor);
    expect(leaf.neighbours()).toBe('hub-a,hub-b');
  });

  test('nothing is made of nodes in an order that links do not follow from', async () => {
    const { neighbours, losesHub } = at('leaf-a', { ...DESIRED, mesh: MESH.toReversed() });
    await losesHub();
    expect(neighbours()).toBe('hub-a');
  });
});

describe('when the room is back', () => {
  test('what was repaired stays while it wants the same, for as long as it takes to find out', async () => {
    const { repair, changed, neighbours, losesHub } = at('leaf-a');
    await losesHub();
    repair.roomSaid(DESIRED);
    await vi.advanceTimersByTimeAsync(RELAY.repairKept - 1);
    repair.roomSaid(DESIRED);
    expect(neighbours()).toBe('hub-a,hub-b');
    expect([...repair.lost]).toEqual(['hub-a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(neighbours()).toBe('hub-a');
    expect([...repair.lost]).toEqual([]);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  test('not while it is away again', async () => {
    const { repair, neighbours, losesHub } = at('leaf-a');
    await losesHub();
    repair.roomSaid(DESIRED);
    repair.roomLost();
    await vi.advanceTimersByTimeAsync(2 * RELAY.repairKept);
    expect(neighbours()).toBe('hub-a,hub-b');
  });

  test('also while it makes other changes', async () => {
    const { repair, neighbours, losesHub } = at('leaf-a');
    await losesHub();
    const mesh = [...MESH, { node_id: 'leaf-c', region: 'b', relay_url: 'ws://leaf-c' }];
    repair.roomSaid({ mesh, links: meshLinks(mesh), topology_epoch: 8 });
    expect(neighbours()).toBe('hub-a,hub-b');
  });

  test('and it is void when it has found out', async () => {
    const { repair, neighbours, losesHub } = at('leaf-a');
    await losesHub();
    const mesh = MESH.slice(1);
    repair.roomSaid({ mesh, links: meshLinks(mesh), topology_epoch: 8 });
    expect(neighbours()).toBe('hub-b');
    expect([...repair.lost]).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('nothing is left of it when the meeting is over', async () => {
    const { repair, losesHub } = at('leaf-a');
    await losesHub();
    repair.roomSaid(DESIRED);
    repair.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
