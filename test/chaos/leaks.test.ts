import { describe, expect, it } from 'vitest';
import { leaks, type NodeState } from './leaks.ts';

const MIB = 1024 * 1024;
const node = (more: Partial<NodeState> = {}): NodeState => ({
  id: 'n1',
  pid: 1,
  memory: 100 * MIB,
  held: [],
  ...more,
});

describe('leaks', () => {
  it('finds none where nothing is held', () => {
    expect(leaks([node()], [node({ memory: 150 * MIB })])).toEqual([]);
  });

  it('names what is held, and growth', () => {
    const after = node({ memory: 400 * MIB, held: ['2 consumers{kind="audio"}'] });
    expect(leaks([node()], [after])).toEqual([
      'n1 holds 2 consumers{kind="audio"}',
      'n1 has grown by 300 MiB',
    ]);
  });

  it('does not compare with another process', () => {
    expect(leaks([node()], [node({ pid: 2, memory: 400 * MIB })])).toEqual([]);
  });
});
