import type { NodeLoad } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { load } from '../../test/support/node.ts';
import { CONFIG } from '../config.ts';
import { nodeIn } from '../room/testing/fixtures.ts';
import { cellReport } from './cell-report.ts';
import type { ReserveRequest } from './contract.ts';
import type { KnownNode } from './known-node.ts';
import { KnownNodes, type NodeRecords } from './known-nodes.ts';
import type { StoredNode } from './node-store.ts';
import { Places } from './places.ts';
import { Reservations } from './reservations.ts';

const { bootGraceMs, silentAfterMs, steadyMs, forgetAfterMs, maxKnown } = CONFIG.cell;

/** A cell at a time of the test's own. */
class Cell {
  readonly rows = new Map<string, StoredNode>();
  nodes: KnownNodes;
  now = 1_000_000_000;

  constructor() {
    this.nodes = this.restarted();
    this.now += bootGraceMs + 1;
  }

  restarted(): KnownNodes {
    const records: NodeRecords = {
      all: () => [...this.rows.values()],
      put: (node) => void this.rows.set(node.description.node_id, node),
      remove: (nodeId) => void this.rows.delete(nodeId),
    };
    this.nodes = new KnownNodes(records, this.now, () => 0);
    return this.nodes;
  }

  register(id: string): KnownNode {
    const { 0: socket, 1: other } = new WebSocketPair();
    socket.accept();
    other.accept();
    this.nodes.register(nodeIn('amsterdam', id), load(), socket, this.now, this.now);
    return this.node(id);
  }

  beat(id: string, state: NodeLoad['state'] = 'up'): void {
    this.nodes.heard(this.node(id), load(0, state), this.now);
  }

  /** Heartbeats of these nodes, twice a second. */
  run(ms: number, ...ids: string[]): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += CONFIG.cell.heartbeatMs;
      for (const id of ids) this.beat(id);
    }
  }

  hangUp(id: string): void {
    this.nodes.hungUp(this.node(id), this.now);
  }

  verdict(id: string): string {
    const { verdict, reasons } = this.nodes.judge(this.node(id), this.now);
    return [verdict, ...reasons].join(' ');
  }

  node(id: string): KnownNode {
    const node = this.nodes.get(id);
    if (!node) throw new Error(`no node ${id}`);
    return node;
  }
}

describe('a node that comes and goes', () => {
  it('is forgiven once, and then gets nobody new until it has been steady', () => {
    const cell = new Cell();
    cell.register('steady');
    cell.register('a');
    for (const verdict of ['up', 'suspect unsteady']) {
      cell.hangUp('a');
      expect(cell.verdict('a')).toBe('suspect link_down');
      cell.run(1_000, 'steady');
      cell.register('a');
      expect(cell.verdict('a')).toBe(verdict);
    }
    cell.run(steadyMs - 1_000, 'a');
    expect(cell.verdict('a')).toBe('suspect unsteady');
    cell.run(1_000, 'a');
    expect(cell.verdict('a')).toBe('up');
  });

  it('is one as well when it keeps its link and falls silent', () => {
    const cell = new Cell();
    cell.register('a');
    for (const verdict of ['up', 'suspect unsteady']) {
      cell.now += silentAfterMs + 1;
      expect(cell.verdict('a')).toBe('suspect heartbeats_missed');
      cell.beat('a');
      expect(cell.verdict('a')).toBe(verdict);
    }
  });

  it('is none when it was told to go, or the cell was ill, or had just started', () => {
    const cell = new Cell();
    for (const id of ['a', 'b']) cell.register(id);
    for (let round = 0; round < 3; round += 1) {
      cell.beat('a', 'draining');
      cell.hangUp('a');
      cell.now += 30_000;
      cell.beat('b');
      cell.register('a');
    }
    expect(cell.node('a').returns).toEqual([]);
    for (let round = 0; round < 3; round += 1) {
      for (const id of ['a', 'b']) cell.hangUp(id);
      cell.register('a');
      cell.register('b');
    }
    // The second of the two comes back to a cell of which only one is away.
    expect(cell.node('a').returns).toEqual([]);
    cell.restarted();
    cell.register('b');
    cell.hangUp('b');
    cell.register('b');
    expect(cell.node('b').returns).toEqual([]);
  });
});

describe('when places are given', () => {
  /** Three returns: not trusted for a minute. */
  const unsteady = (cell: Cell, id: string) => {
    cell.register(id);
    for (let i = 0; i < 3; i += 1) {
      cell.hangUp(id);
      cell.register(id);
    }
  };
  const placesIn = (cell: Cell) => {
    const reservations = new Reservations(15_000, 0.25);
    const places = new Places(cell.nodes, reservations, { hosting: () => new Set(), hosts: () => {} });
    return (change: Partial<ReserveRequest> = {}) => {
      const request = { meeting_id: crypto.randomUUID(), room_url: 'wss://meet.test/x', ...change };
      const result = places.reserve(request, cell.now);
      return result.ok ? result.value.node.node_id : result.error.code;
    };
  };

  it('a steady node comes first, and an unsteady one before nobody', () => {
    const cell = new Cell();
    for (const id of ['b', 'c', 'd', 'e', 'steady']) cell.register(id);
    unsteady(cell, 'unsteady');
    expect(cell.verdict('unsteady')).toBe('suspect unsteady');
    for (const id of ['b', 'c', 'd', 'e']) cell.beat(id, 'draining');
    const reserve = placesIn(cell);
    expect([reserve(), reserve(), reserve()]).toEqual(['steady', 'steady', 'steady']);
    expect(reserve({ exclude_node_ids: ['steady'] })).toBe('unsteady');
    cell.hangUp('unsteady');
    expect(reserve({ exclude_node_ids: ['steady'] })).toBe('no_capacity');
  });

  it('a node that only its neighbours doubt comes before nobody, and a silent one never', () => {
    const cell = new Cell();
    for (const id of ['steady', 'doubted']) cell.register(id);
    for (const reporter of ['x', 'y']) {
      cell.nodes.report(
        cell.node('doubted'),
        { kind: 'relay_silence', reporter, near: true, at: cell.now },
        cell.now,
      );
    }
    expect(cell.verdict('doubted')).toBe('suspect relay_silence');
    const reserve = placesIn(cell);
    expect(reserve()).toBe('steady');
    cell.beat('steady', 'draining');
    expect(reserve()).toBe('doubted');
    cell.now += silentAfterMs + 1_000;
    cell.beat('steady', 'draining');
    expect(reserve()).toBe('no_capacity');
  });

  it('the directory hears of unsteady ones when there are no others', () => {
    const cell = new Cell();
    for (const id of ['b', 'c', 'd', 'e']) cell.register(id);
    unsteady(cell, 'a');
    const report = () => {
      const [first, ...others] = cell.nodes.all();
      if (!first) throw new Error('no nodes');
      for (const node of [first, ...others]) cell.nodes.judge(node, cell.now);
      return cellReport('eu-west:0', [first, ...others], () => 0);
    };
    const { capacity } = nodeIn('amsterdam');
    expect(report()).toMatchObject({
      nodes_up: 4,
      free: 4 * capacity,
      probe_url: 'https://b.example/healthz',
    });
    for (const id of ['b', 'c', 'd', 'e']) cell.beat(id, 'draining');
    expect(report()).toMatchObject({ nodes_up: 1, free: capacity, probe_url: null });
  });
});

describe('where the way to a cell is measured', () => {
  const probe = (...urls: string[]) => {
    const cell = new Cell();
    const [first, ...others] = urls.map((url, i) => {
      const node = cell.register(`n-${i}`);
      return { ...node, description: { ...node.description, url } };
    });
    return first && cellReport('eu-west:0', [first, ...others], () => 0).probe_url;
  };

  it('is a node that is up, by the protocol it speaks', () => {
    expect(probe('wss://a.example:8443/media?x=1', 'wss://b.example/media')).toBe(
      'https://a.example:8443/healthz',
    );
    expect(probe('ws://192.0.2.1:4000/media')).toBe('http://192.0.2.1:4000/healthz');
  });

  it('is nowhere where the region is this machine, or the node says nothing of use', () => {
    const pretend = [
      'ws://127.0.0.1:4000/media',
      'ws://127.20.0.2/media',
      'ws://localhost/',
      'ws://[::1]:1/',
    ];
    for (const url of [...pretend, 'not a url']) expect(probe(url)).toBeNull();
  });
});

describe('the nodes of a cell', () => {
  it('are remembered over a restart, for a day', () => {
    const cell = new Cell();
    cell.register('a');
    cell.nodes.direct(cell.node('a'), 'drain', cell.now);
    cell.hangUp('a');
    cell.now += 1_000;
    cell.restarted();
    expect(cell.verdict('a')).toBe('draining');
    cell.now += forgetAfterMs;
    cell.nodes.forget(cell.now);
    expect(cell.nodes.get('a')).toBeUndefined();
    expect(cell.rows.size).toBe(0);
  });

  it('are bounded: of too many, those that have been away for longest go, and none that is here', () => {
    const cell = new Cell();
    cell.register('here');
    for (let i = 0; i < maxKnown + 10; i += 1) {
      cell.register(`away-${i}`);
      cell.hangUp(`away-${i}`);
      cell.now += 1;
    }
    cell.nodes.forget(cell.now);
    expect(cell.nodes.all()).toHaveLength(maxKnown);
    expect(cell.nodes.get('here')).toBeDefined();
    expect(cell.nodes.get('away-10')).toBeUndefined();
    expect(cell.nodes.get(`away-${maxKnown + 9}`)).toBeDefined();
  });
});
