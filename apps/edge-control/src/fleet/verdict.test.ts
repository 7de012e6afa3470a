import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CONFIG } from '../config.ts';
import {
  type CellSigns,
  isIll,
  isUnsteady,
  type Judgement,
  judge,
  type Report,
  type Signs,
  type VerdictReason,
} from './verdict.ts';

const config = CONFIG.cell;
/** A day after the epoch, so that everything may lie before it. */
const NOW = 86_400_000;
const ago = (ms: number) => NOW - ms;
const LONG_AGO = ago(3_600_000);
const UP: Judgement = { verdict: 'up', since: LONG_AGO, reasons: [] };

const WELL: Signs = {
  linked: true,
  heard_at: ago(400),
  state: 'up',
  drain_wanted: false,
  revoked: false,
  full: false,
  reports: { client_media_loss: [], relay_silence: [] },
  meetings: 3,
  returns: [],
  before: UP,
};
const CELL: CellSigns = { started_at: LONG_AGO, ill: false };
const JUST_STARTED: CellSigns = { started_at: ago(config.bootGraceMs - 1), ill: false };
const ILL: CellSigns = { ...CELL, ill: true };

const silent = { heard_at: ago(config.silentAfterMs + 1) };
const seen = (times: readonly number[], near = true): Report[] => times.map((at) => ({ at, near }));
const reported = (clients: number[], neighbours: number[] = []) => ({
  reports: { client_media_loss: seen(clients), relay_silence: seen(neighbours) },
});
const fromAfar = (near: { clients?: boolean; neighbours?: boolean } = {}) => ({
  reports: {
    client_media_loss: seen([ago(1_000), ago(1_100)], near.clients ?? false),
    relay_silence: seen([ago(1_000)], near.neighbours ?? false),
  },
});
const clients = reported([ago(1_000)]);
const manyClients = reported([ago(1_000), ago(2_000)]);
const relays = reported([], [ago(1_000)]);
const manyRelays = reported([], [ago(1_000), ago(1_500)]);
const both = reported([ago(1_000)], [ago(1_000)]);
const stale = reported([ago(config.reportLifeMs + 1)]);
const busy = { meetings: 100 };
const fifth = reported(Array.from({ length: 20 }, () => ago(1_000)));
const lost = (at: number): Judgement => ({ verdict: 'lost', since: at, reasons: ['heartbeats_missed'] });

describe('the verdict', () => {
  test.each<[string, Partial<Signs>, CellSigns, Judgement['verdict'], VerdictReason[]]>([
    ['all is well', {}, CELL, 'up', []],
    ['a heartbeat is late', { heard_at: ago(config.silentAfterMs) }, CELL, 'up', []],

    ['only heartbeats are missed', silent, CELL, 'suspect', ['heartbeats_missed']],
    ['one client complains, perhaps of its own network', clients, CELL, 'up', ['client_media_loss']],
    ['one neighbour complains', relays, CELL, 'up', ['relay_silence']],
    ['two clients complain', manyClients, CELL, 'suspect', ['client_media_loss']],
    ['two neighbours complain', manyRelays, CELL, 'suspect', ['relay_silence']],
    ['two clients of a hundred meetings complain', { ...manyClients, ...busy }, CELL, 'up', []],
    [
      'a fifth of a hundred meetings complains',
      { ...fifth, ...busy },
      CELL,
      'suspect',
      ['client_media_loss'],
    ],
    ['two complained long ago', reported([ago(40_000), ago(50_000)]), CELL, 'up', []],
    ['only the link is gone', { linked: false }, CELL, 'suspect', ['link_down']],

    [
      'silent, and a client complains',
      { ...silent, ...clients },
      CELL,
      'lost',
      ['heartbeats_missed', 'client_media_loss'],
    ],
    [
      'silent, and a relay complains',
      { ...silent, ...relays },
      CELL,
      'lost',
      ['heartbeats_missed', 'relay_silence'],
    ],
    ['client and relay complain', both, CELL, 'lost', ['client_media_loss', 'relay_silence']],
    [
      'client and relay complain from the far end of one cut way',
      fromAfar(),
      CELL,
      'suspect',
      ['client_media_loss', 'relay_silence'],
    ],
    [
      'a client from afar, a neighbour of its region',
      fromAfar({ neighbours: true }),
      CELL,
      'suspect',
      ['client_media_loss', 'relay_silence'],
    ],
    [
      'a client of its region, a neighbour from afar',
      fromAfar({ clients: true }),
      CELL,
      'suspect',
      ['client_media_loss', 'relay_silence'],
    ],
    [
      'silent, and all who complain are far',
      { ...silent, ...fromAfar() },
      CELL,
      'lost',
      ['heartbeats_missed', 'client_media_loss', 'relay_silence'],
    ],
    [
      'silent, and a client complained long ago',
      { ...silent, ...stale },
      CELL,
      'suspect',
      ['heartbeats_missed'],
    ],
    [
      'the link is gone, which is no evidence, and a client complains',
      { linked: false, ...clients },
      CELL,
      'suspect',
      ['client_media_loss', 'link_down'],
    ],

    ['silent, but the cell has just started', silent, JUST_STARTED, 'up', []],
    [
      'silent, a client complains, but the cell has just started',
      { ...silent, ...clients },
      JUST_STARTED,
      'up',
      ['client_media_loss'],
    ],
    [
      'silent, a client complains, but the cell is ill',
      { ...silent, ...clients },
      ILL,
      'suspect',
      ['heartbeats_missed', 'client_media_loss', 'cell_ill'],
    ],
    ['an ill cell and a well node', {}, ILL, 'up', []],

    ['lost, and not heard since', { ...silent, before: lost(ago(500)) }, CELL, 'lost', ['heartbeats_missed']],
    [
      'lost long ago, evidence gone',
      { heard_at: ago(7_200_000), before: lost(LONG_AGO) },
      CELL,
      'lost',
      ['heartbeats_missed'],
    ],
    ['lost, and heard again', { before: lost(ago(5_000)) }, CELL, 'up', []],
    ['lost, and the cell is ill', { ...silent, before: lost(ago(500)) }, ILL, 'lost', ['heartbeats_missed']],

    ['it wants to go', { state: 'draining' }, CELL, 'draining', []],
    ['it is wanted empty and has not heard of it', { drain_wanted: true }, CELL, 'draining', []],
    ['it drains and is silent', { ...silent, state: 'draining' }, CELL, 'draining', ['heartbeats_missed']],
    [
      'it drains, is silent, and a client complains',
      { ...silent, ...clients, state: 'draining' },
      CELL,
      'lost',
      ['heartbeats_missed', 'client_media_loss'],
    ],
    ['it says it is full', { state: 'full' }, CELL, 'full', []],
    ['its figures say it is full', { full: true }, CELL, 'full', []],
    ['full and silent', { ...silent, full: true }, CELL, 'suspect', ['heartbeats_missed']],

    ['back for the first time', { returns: [ago(100)] }, CELL, 'up', []],
    ['back for the second time', { returns: [ago(60_000), ago(100)] }, CELL, 'suspect', ['unsteady']],
    [
      'back for the second time, and steady since',
      { returns: [ago(60_000), ago(config.steadyMs)] },
      CELL,
      'up',
      [],
    ],
    ['revoked, whatever else', { revoked: true, state: 'draining' }, ILL, 'lost', ['revoked']],
  ])('%s', (_what, signs, cell, verdict, reasons) => {
    expect(judge({ ...WELL, ...signs }, cell, NOW, config)).toMatchObject({ verdict, reasons });
  });

  it('says since when it holds', () => {
    expect(judge(WELL, CELL, NOW, config).since).toBe(LONG_AGO);
    expect(judge({ ...WELL, ...silent }, CELL, NOW, config).since).toBe(NOW);
    expect(judge({ ...WELL, ...silent, before: lost(ago(500)) }, CELL, NOW, config).since).toBe(ago(500));
  });
});

describe('whatever the signs', () => {
  const time = fc.oneof(fc.integer({ min: 0, max: NOW }), fc.integer({ min: ago(40_000), max: NOW }));
  const report: fc.Arbitrary<Report> = fc.record({ at: time, near: fc.boolean() });
  const judgement = fc.record({
    verdict: fc.constantFrom<Judgement['verdict'][]>('up', 'suspect', 'lost', 'draining', 'full'),
    since: time,
    reasons: fc.constant([]),
  });
  const signs: fc.Arbitrary<Signs> = fc.record({
    linked: fc.boolean(),
    heard_at: time,
    state: fc.constantFrom<Signs['state'][]>('up', 'draining', 'full'),
    drain_wanted: fc.boolean(),
    revoked: fc.constant(false),
    full: fc.boolean(),
    reports: fc.record({
      client_media_loss: fc.array(report, { maxLength: 6 }),
      relay_silence: fc.array(report, { maxLength: 3 }),
    }),
    meetings: fc.nat(20),
    returns: fc.array(time, { maxLength: 6 }).map((at) => at.toSorted((a, b) => a - b)),
    before: judgement,
  });
  const cell: fc.Arbitrary<CellSigns> = fc.record({ started_at: time, ill: fc.boolean() });
  const recent = (reports: readonly Report[]) => reports.filter(({ at }) => NOW - at <= config.reportLifeMs);
  const fresh = (reports: readonly Report[]) => recent(reports).length;
  const isNearby = (reports: readonly Report[]) => recent(reports).some(({ near }) => near);
  const isSilent = ({ heard_at }: Signs, { started_at }: CellSigns) =>
    NOW - heard_at > config.silentAfterMs && NOW - started_at > config.bootGraceMs;
  const kindsAgainst = (node: Signs, where: CellSigns) =>
    [
      isSilent(node, where),
      fresh(node.reports.client_media_loss) >= Math.max(1, node.meetings / 5),
      fresh(node.reports.relay_silence) >= 1,
    ].filter(Boolean).length;
  const stillLost = ({ before, heard_at }: Signs) => before.verdict === 'lost' && heard_at <= before.since;

  it('nobody is declared lost without two kinds of evidence that are independent, or by an ill cell', () => {
    fc.assert(
      fc.property(signs, cell, (node, where) => {
        const { verdict } = judge(node, where, NOW, config);
        const { client_media_loss, relay_silence } = node.reports;
        const independent = isSilent(node, where) || [client_media_loss, relay_silence].every(isNearby);
        const grounds = stillLost(node) || (kindsAgainst(node, where) >= 2 && independent && !where.ill);
        expect(verdict === 'lost').toBe(grounds);
      }),
      { numRuns: 2_000 },
    );
  });

  it('one cut way takes no node that is heard, however many it hits', () => {
    const far = fc.array(time).map((times) => seen(times, false));
    const near = fc.array(time).map((times) => seen(times));
    const oneSided = fc.oneof(
      fc.record({ client_media_loss: far, relay_silence: far }),
      fc.record({ client_media_loss: near, relay_silence: far }),
      fc.record({ client_media_loss: far, relay_silence: near }),
    );
    fc.assert(
      fc.property(signs, cell, oneSided, (node, where, reports) => {
        const heard = { ...node, heard_at: ago(0), before: UP, reports };
        expect(judge(heard, where, NOW, config).verdict).not.toBe('lost');
      }),
    );
  });

  it('who gets somebody new is linked, wanted, and has nothing against it', () => {
    fc.assert(
      fc.property(signs, cell, (node, where) => {
        if (judge(node, where, NOW, config).verdict !== 'up') return;
        expect(node).toMatchObject({ linked: true, state: 'up', drain_wanted: false, full: false });
        expect(isSilent(node, where)).toBe(false);
        expect(kindsAgainst(node, where)).toBeLessThan(2);
        expect(fresh(node.reports.relay_silence)).toBeLessThan(2);
        expect(isUnsteady(node.returns, NOW, config)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('asked again at once it says the same, since the same time', () => {
    fc.assert(
      fc.property(signs, cell, (node, where) => {
        const first = judge(node, where, NOW, config);
        // One declared now was not heard since; only a heartbeat changes that.
        expect(judge({ ...node, before: first }, where, NOW, config)).toMatchObject({
          verdict: first.verdict,
          since: first.since,
        });
      }),
    );
  });

  it('more evidence never makes it milder', () => {
    const weight = { up: 0, full: 0, draining: 0, suspect: 1, lost: 2 } as const;
    fc.assert(
      fc.property(signs, cell, (node, where) => {
        const many = seen(Array.from({ length: 20 }, () => NOW));
        const accused = { ...node, reports: { client_media_loss: many, relay_silence: many } };
        const before = judge(node, where, NOW, config).verdict;
        const after = judge(accused, where, NOW, config).verdict;
        if (before !== 'draining') expect(weight[after]).toBeGreaterThanOrEqual(weight[before]);
      }),
    );
  });
});

describe('an ill cell', () => {
  test.each<[string, number[], number, boolean]>([
    ['one of one', [ago(0)], 1, false],
    ['two of two', [ago(0), ago(3_000)], 2, true],
    ['one of three', [ago(0)], 3, false],
    ['a fifth of ten', [ago(0), ago(0)], 10, false],
    ['more than a fifth of ten', [ago(0), ago(0), ago(0)], 10, true],
    ['three of ten, one after the other', [ago(0), ago(20_000), ago(40_000)], 10, false],
    ['all, a while ago', Array.from({ length: 10 }, () => ago(config.togetherMs + 1)), 10, false],
  ])('%s: %#', (_what, fallen, nodes, ill) => {
    expect(isIll(fallen, nodes, NOW, config)).toBe(ill);
  });

  it('is one whenever more than a fifth fall together, whatever else fell before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 250 }), fc.nat(10_000), (nodes, spread) => {
        const many = Math.max(2, Math.floor(nodes / 5) + 1);
        const fallen = Array.from({ length: many }, (_, i) => ago((i * spread) % config.togetherMs));
        expect(isIll([...fallen, 0, 1, 2], nodes, NOW, config)).toBe(true);
      }),
    );
  });
});

describe('a node that comes and goes', () => {
  it('waits longer with each return, to a bound, and is forgiven after the window', () => {
    const waits = Array.from({ length: 8 }, (_, count) => {
      const returns = Array.from({ length: count }, () => NOW);
      for (let ms = 0; ; ms += 1_000) if (!isUnsteady(returns, NOW + ms, config)) return ms / 1_000;
    });
    expect(waits).toEqual([0, 0, 30, 60, 120, 240, 300, 300]);
    const many = Array.from({ length: 8 }, () => NOW);
    expect(isUnsteady(many, NOW + config.flapWindowMs + 1, config)).toBe(false);
  });
});
