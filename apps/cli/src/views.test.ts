import type { FleetNode } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { age, bitrate } from './figures.ts';
import { nodesView, nodeView, regionsView } from './views.ts';

const NOW = 1_800_000_000_000;

const NODE: FleetNode = {
  node: {
    node_id: 'eu-west-1',
    boot_id: '7f1d7f0a-3c59-4d1e-8f0b-2a6c9d5e4b13',
    region: 'eu-west',
    location: { latitude: 52.37, longitude: 4.9 },
    url: 'wss://eu-west-1.test/media',
    relay_url: 'wss://eu-west-1.test/relay',
    address: '192.0.2.1',
    port: 14_000,
    dtls_fingerprint: 'AA',
    failure_domain: 'rack-3',
    capacity: 500,
    bits_capacity_per_s: 1e9,
    version: '0.1.0',
    caps_version: 1,
  },
  cell: 'eu-west:0',
  verdict: 'up',
  since: NOW - 3_700_000,
  reasons: [],
  desired: 'serve',
  linked: true,
  heard_at: NOW - 400,
  load: {
    state: 'up',
    cpu: [0.2, 0.4],
    packets_per_s: 1_000,
    bits_in_per_s: 4e6,
    bits_out_per_s: 12_345_678,
    meetings: 3,
    participants: 12,
    standbys: 4,
    consumers: 60,
    producers: 24,
    loop_delay_ms: 1.25,
  },
  reserved: 2,
};
const LOST: FleetNode = {
  ...NODE,
  node: { ...NODE.node, node_id: 'eu-west-20' },
  verdict: 'lost',
  since: NOW - 90_000,
  reasons: ['heartbeats_missed', 'client_media_loss'],
  desired: 'drain',
  linked: false,
  load: null,
};

test('nodes stand in columns, with what speaks against them', () => {
  expect(nodesView({ items: [NODE, LOST], unreachable: ['us-east:0'] }, NOW)).toBe(
    [
      'NODE        REGION   VERDICT    FOR  PEOPLE   CPU          OUT  VERSION  WHY',
      'eu-west-1   eu-west  up         1 h  12/500  30 %  12.3 Mbit/s  0.1.0',
      'eu-west-20  eu-west  lost     1 min   -/500     -            -  0.1.0    drain wanted, heartbeats missed, client media loss',
      '',
      'no answer from: us-east:0',
    ].join('\n'),
  );
});

test('one node shows all of it, and no load when there is none', () => {
  const shown = nodeView(NODE, NOW);
  for (const fact of ['rack-3', 'up for 1 h', '12 in 3 meetings, standby for 4', '20 %  40 %', '1.3 ms']) {
    expect(shown).toContain(fact);
  }
  expect(nodeView(LOST, NOW)).not.toContain('event loop');
});

test('regions come with their sums', () => {
  const items = [
    {
      region: 'eu-west',
      location: { latitude: 52.37, longitude: 4.9 },
      nodes: { up: 3, suspect: 0, lost: 1, draining: 0, full: 2 },
      participants: 1_200,
      capacity: 2_500,
      free: 800,
    },
  ];
  expect(regionsView({ items, unreachable: [] })).toBe(
    [
      'REGION   UP  FULL  DRAINING  SUSPECT  LOST  PEOPLE  CAPACITY  FREE',
      'eu-west   3     2         0        0     1    1200      2500   800',
    ].join('\n'),
  );
});

test.each<[number, string]>([
  [-5, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [3_599, '59 min'],
  [47 * 3_600, '47 h'],
  [49 * 3_600, '2 d'],
])('%d seconds are %s', (seconds, text) => {
  expect(age(NOW - seconds * 1000, NOW)).toBe(text);
});

test('bit rates are in the unit people speak of', () => {
  expect([bitrate(999), bitrate(12_500_000), bitrate(2.5e9)]).toEqual([
    '0.0 Mbit/s',
    '12.5 Mbit/s',
    '2.50 Gbit/s',
  ]);
});
