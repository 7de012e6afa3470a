import { MeridianError } from '@meridian/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RELAY } from '../config.ts';
import { planMesh } from './mesh-plan.ts';
import { Requests } from './requests.ts';

describe('planMesh', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), { minLength: 1, maxLength: 6 });
  const meshOf = (all: string[]) =>
    all.map((node_id) => ({ node_id, region: 'r', relay_url: `ws://${node_id}/relay` }));

  test('of each pair exactly one dials, with its grant', () => {
    fc.assert(
      fc.property(ids, (all) => {
        const grants = Object.fromEntries(all.map((id) => [id, `grant for ${id}`]));
        const dialled = all.flatMap((self) =>
          planMesh(self, new Set(all), meshOf(all), grants, []).dial.map(({ nodeId, url, token }) => {
            expect([url, token]).toEqual([`ws://${nodeId}/relay`, `grant for ${nodeId}`]);
            return [self, nodeId].toSorted().join('–');
          }),
        );
        expect(dialled).toHaveLength((all.length * (all.length - 1)) / 2);
        expect(new Set(dialled).size).toBe(dialled.length);
      }),
    );
  });

  test('without a grant there is no dialling', () => {
    expect(planMesh('a', new Set(['b']), meshOf(['a', 'b']), {}, []).dial).toEqual([]);
  });

  test('who is of the meeting but no neighbour is not dialled', () => {
    const grants = { b: 'x', c: 'x' };
    const { dial } = planMesh('a', new Set(['c']), meshOf(['a', 'b', 'c']), grants, []);
    expect(dial.map(({ nodeId }) => nodeId)).toEqual(['c']);
  });

  test('links with nodes that left or are no neighbours any more are dropped, and all when this node left', () => {
    const drop = (neighbours: string[], mesh: string[], linked: string[]) =>
      planMesh('a', new Set(neighbours), meshOf(mesh), {}, linked).drop;
    expect(drop(['b'], ['a', 'b'], ['b', 'c'])).toEqual(['c']);
    expect(drop(['b'], ['a', 'b', 'c'], ['b', 'c'])).toEqual(['c']);
    expect(drop(['b', 'c'], ['b', 'c'], ['b', 'c'])).toEqual(['b', 'c']);
  });
});

describe('Requests', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('each gets its own answer', async () => {
    const requests = new Requests<string>();
    const refs: number[] = [];
    const [one, two] = [requests.ask((ref) => refs.push(ref)), requests.ask((ref) => refs.push(ref))];
    requests.answer(refs[1], 'two');
    requests.refuse(refs[0], new MeridianError('unknown_stream', 'one'));
    requests.answer(refs[0], 'late');
    requests.answer('stranger', 'nothing');
    await expect(two).resolves.toBe('two');
    await expect(one).rejects.toMatchObject({ code: 'unknown_stream' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('none waits for ever', async () => {
    const requests = new Requests<string>();
    const slow = expect(requests.ask(() => {})).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(RELAY.requestTimeout);
    await slow;
    const lost = expect(requests.ask(() => {})).rejects.toMatchObject({ code: 'overloaded' });
    requests.refuseAll(new MeridianError('overloaded', 'lost'));
    await lost;
    expect(vi.getTimerCount()).toBe(0);
  });
});
