import { describe, expect, it } from 'vitest';
import { avoiding, searches } from './avoidance.ts';
import { ROOM } from './config.ts';
import type { Member } from './roster.ts';

const NOW = 1_700_000_000_000;

/** Somebody who could not reach these nodes, one second after the other. */
function whoLeft(...nodes: string[]): Pick<Member, 'avoid'> {
  return nodes.reduce<Pick<Member, 'avoid'>>(
    (member, node, i) => ({ avoid: avoiding(member, node, NOW + i * 1_000) }),
    { avoid: [] },
  );
}

describe('a search for a node', () => {
  it('leaves out all that could not be reached, then takes back the one left longest ago', () => {
    expect(searches(whoLeft('a', 'b', 'c'), 'c', NOW + 3_000)).toEqual([['c', 'a', 'b'], ['c', 'b'], ['c']]);
  });

  it('goes by the last time a node was left', () => {
    expect(searches(whoLeft('a', 'b', 'a'), 'x', NOW + 3_000)).toEqual([['x', 'b', 'a'], ['x', 'a'], ['x']]);
  });

  it('is one where nothing else was left lately', () => {
    expect(searches(whoLeft(), 'a', NOW)).toEqual([['a']]);
    expect(searches(whoLeft('a', 'b'), 'b', NOW + ROOM.move.avoidMs + 500)).toEqual([['b']]);
  });
});
