import { describe, expect, it } from 'vitest';
import { type Fault, type Field, type Round, rounds } from './schedule.ts';

const FIELD: Field = {
  nodes: ['n1', 'n2', 'n3'],
  regions: ['eu-west', 'us-east'],
  control: 'control',
  peopleOf: (region) => `people-${region}`,
  browsers: 'people-with-browsers',
};

function first(seed: number, count: number): Round[] {
  const endless = rounds(seed, FIELD);
  return Array.from({ length: count }, () => endless.next().value);
}

describe('rounds', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(first(7, 50)).toEqual(first(7, 50));
    expect(first(7, 50)).not.toEqual(first(8, 50));
  });

  it('bring every kind of fault and of deed in time', () => {
    const all = first(1, 300);
    const kinds = new Set<Fault['kind']>(all.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    const expected: Record<Fault['kind'], true> = {
      node_killed: true,
      node_drained: true,
      node_frozen: true,
      worker_killed: true,
      control_redeployed: true,
      control_crashed: true,
      database_stopped: true,
      path_cut: true,
      path_bad: true,
      path_narrow: true,
      connections_reset: true,
      address_changed: true,
    };
    expect([...kinds].toSorted()).toEqual(Object.keys(expected).toSorted());
    const deeds = new Set(all.flatMap((round) => round.deeds.map(({ kind }) => kind)));
    expect(deeds.size).toBe(5);
  });

  it('never take more than one node at a time, nor none', () => {
    for (const { faults } of first(3, 500)) {
      expect(faults.length).toBeGreaterThan(0);
      const nodes = faults.filter(({ kind }) => /^(node|worker)_/.test(kind));
      expect(nodes.length).toBeLessThanOrEqual(1);
    }
  });

  it('cut a path only between two different places', () => {
    for (const { faults } of first(5, 500)) {
      for (const fault of faults) if ('a' in fault) expect(fault.a).not.toBe(fault.b);
    }
  });
});
