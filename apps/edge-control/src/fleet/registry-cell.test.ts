import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { CAPS_VERSION, CLOSE, PING_FRAME } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { FakeNode } from '../../test/support/node.ts';
import { CONFIG } from '../config.ts';
import { PLACEMENT } from '../placement/index.ts';
import { ROOM } from '../room/config.ts';
import { cellOfRegion, DIRECTORY_NAME } from './names.ts';

const ROOM_URL = 'wss://meet.test/api/v1/meetings/x/room-link';
const cell = (region: string) => env.CELLS.getByName(cellOfRegion(region));
const reserve = (region: string, only_node_id?: string) =>
  cell(region).reserve({
    meeting_id: crypto.randomUUID(),
    room_url: ROOM_URL,
    ...(only_node_id === undefined ? {} : { only_node_id }),
  });

/** Sockets deliver asynchronously: asks again until it holds. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 3_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('never came to hold');
}

describe('RegistryCell', () => {
  it('registers a node, reserves a place on it and tells it which room to dial', async () => {
    const node = await FakeNode.link('eu-reg', 'node-1');
    node.register();
    expect(await node.frames.next('registered')).toMatchObject({ cell: 'eu-reg:0', heartbeat_ms: 500 });
    const result = await reserve('eu-reg');
    expect(result).toMatchObject({ ok: true, value: { cell: 'eu-reg:0', node: { node_id: 'node-1' } } });
    expect(await node.frames.next('host_meeting')).toMatchObject({ room_url: ROOM_URL });
  });

  it('refuses when nobody is there', async () => {
    expect(await reserve('eu-none')).toMatchObject({ ok: false, error: { code: 'no_capacity' } });
  });

  it('never gives away more places than there are, however many ask at once', async () => {
    const nodes = await Promise.all([
      FakeNode.registered('eu-rush', 'node-1', 300),
      FakeNode.registered('eu-rush', 'node-2', 500),
      FakeNode.registered('eu-rush', 'node-3', 7),
    ]);
    const beats = setInterval(() => nodes.forEach((node) => void node.heartbeat(0)), CONFIG.cell.heartbeatMs);
    const results = await Promise.all(Array.from({ length: 2_000 }, () => reserve('eu-rush')));
    clearInterval(beats);
    const placed = new Map<string, number>();
    for (const result of results) {
      if (!result.ok) expect(result.error.code).toBe('no_capacity');
      else placed.set(result.value.node.node_id, (placed.get(result.value.node.node_id) ?? 0) + 1);
    }
    for (const { node_id, capacity } of nodes) expect(placed.get(node_id)).toBe(capacity);
  });

  it('never gives away more while people arrive, leave and are shown in heartbeats', async () => {
    const nodes = await Promise.all([
      FakeNode.registered('eu-churn', 'node-1', 40),
      FakeNode.registered('eu-churn', 'node-2', 60),
    ]);
    const here = new Map(nodes.map(({ node_id }) => [node_id, 0]));
    const onTheWay = new Map(nodes.map(({ node_id }) => [node_id, 0]));
    const add = (map: Map<string, number>, id: string, count: number) =>
      map.set(id, (map.get(id) ?? 0) + count);
    for (let round = 0; round < 40; round += 1) {
      const results = await Promise.all(Array.from({ length: 50 }, () => reserve('eu-churn')));
      for (const result of results) if (result.ok) add(onTheWay, result.value.node.node_id, 1);
      for (const node of nodes) {
        const { node_id, capacity } = node;
        const arriving = onTheWay.get(node_id) ?? 0;
        expect((here.get(node_id) ?? 0) + arriving).toBeLessThanOrEqual(capacity);
        // Half of those on the way turn up; every third time somebody leaves between two heartbeats.
        const arrived = Math.ceil(arriving / 2);
        add(onTheWay, node_id, -arrived);
        add(here, node_id, arrived);
        node.heartbeat(here.get(node_id) ?? 0);
        if (round % 3 === 2) {
          add(here, node_id, -Math.min(5, here.get(node_id) ?? 0));
          node.heartbeat(here.get(node_id) ?? 0);
        }
        node.frames.raw(`{"v":1,"type":"ping","ref":${round}}`);
        await node.frames.next('pong');
      }
    }
    for (const { node_id, capacity } of nodes) {
      expect(here.get(node_id)).toBeGreaterThan(capacity * 0.8);
    }
  });

  it('gives nobody a node that speaks another version', async () => {
    await FakeNode.registered('eu-caps', 'newer', 10, { caps_version: CAPS_VERSION + 1 });
    expect(await reserve('eu-caps')).toMatchObject({ ok: false, error: { code: 'no_capacity' } });
    await FakeNode.registered('eu-caps', 'same', 1);
    expect(await reserve('eu-caps')).toMatchObject({ value: { node: { node_id: 'same' } } });
  });

  it('gives people of a meeting the node it has, but for the places that others need', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => FakeNode.registered('eu-same', id, 100)));
    const meeting_id = crypto.randomUUID();
    const placed = new Map<string, number>();
    for (let i = 0; i < 120; i += 1) {
      const result = await cell('eu-same').reserve({ meeting_id, room_url: ROOM_URL });
      const node_id = result.ok ? result.value.node.node_id : 'none';
      placed.set(node_id, (placed.get(node_id) ?? 0) + 1);
    }
    const share = 100 * PLACEMENT.meeting.share;
    expect([...placed.values()].sort((x, y) => y - x)).toEqual([share, 120 - share]);
  });

  it('takes a standby for a part of a place, and none where it would fail with its primary', async () => {
    await FakeNode.registered('eu-stand', 'rack-1-a', 10, { failure_domain: 'rack-1' });
    await FakeNode.registered('eu-stand', 'rack-2-a', 10, { failure_domain: 'rack-2' });
    const standby = (failure_domains_to_avoid: string[]) =>
      cell('eu-stand').reserve({
        meeting_id: crypto.randomUUID(),
        room_url: ROOM_URL,
        purpose: 'standby',
        failure_domains_to_avoid,
      });
    for (let i = 0; i < 20; i += 1) {
      expect(await standby(['rack-1'])).toMatchObject({ value: { node: { node_id: 'rack-2-a' } } });
    }
    expect((await standby(['rack-1', 'rack-2'])).ok).toBe(false);
    const primaries = [];
    for (let i = 0; i < 20; i += 1) primaries.push(await reserve('eu-stand'));
    const placed = primaries.flatMap((result) => (result.ok ? [result.value.node.node_id] : []));
    const on = (nodeId: string) => placed.filter((one) => one === nodeId).length;
    // Twenty standbys are five places.
    expect([on('rack-1-a'), on('rack-2-a')]).toEqual([10, 10 - 20 * CONFIG.cell.standbyWeight]);
  });

  it('gives a released place to the next', async () => {
    await FakeNode.registered('eu-release', 'node-1', 1);
    const first = await reserve('eu-release');
    if (!first.ok) throw new Error('refused');
    expect((await reserve('eu-release')).ok).toBe(false);
    await cell('eu-release').release(first.value.reservation_id);
    await cell('eu-release').release(first.value.reservation_id);
    expect((await reserve('eu-release')).ok).toBe(true);
    expect((await reserve('eu-release')).ok).toBe(false);
  });

  it('counts an arrival once: as a reservation, then in the heartbeat', async () => {
    const node = await FakeNode.registered('eu-arrive', 'node-1', 3);
    expect((await reserve('eu-arrive')).ok).toBe(true);
    node.heartbeat(1);
    expect((await reserve('eu-arrive')).ok).toBe(true);
    expect((await reserve('eu-arrive')).ok).toBe(true);
    expect((await reserve('eu-arrive')).ok).toBe(false);
  });

  it('gives a place at the one node a room asks for, and none elsewhere instead', async () => {
    await FakeNode.registered('eu-only', 'node-1', 100);
    await FakeNode.registered('eu-only', 'node-2', 2);
    const chosen = [];
    for (let i = 0; i < 3; i++) {
      const result = await reserve('eu-only', 'node-2');
      chosen.push(result.ok ? result.value.node.node_id : result.error.code);
    }
    expect(chosen).toEqual(['node-2', 'node-2', 'no_capacity']);
    expect((await reserve('eu-only', 'node-3')).ok).toBe(false);
    expect((await reserve('eu-only')).ok).toBe(true);
  });

  it('places nobody on a draining or full node, nor on one that has hung up', async () => {
    const node = await FakeNode.registered('eu-drain', 'node-1');
    for (const state of ['draining', 'full'] as const) {
      node.heartbeat(0, state);
      await eventually(async () => !(await reserve('eu-drain')).ok);
      node.heartbeat(0, 'up');
      await eventually(async () => (await reserve('eu-drain')).ok);
    }
    node.frames.close();
    await eventually(async () => !(await reserve('eu-drain')).ok);
  });

  it('places nobody on a silent node, except while the cell itself has just started', async () => {
    const node = await FakeNode.registered('eu-silent', 'node-1');
    const silence = (ms: number) =>
      runInDurableObject(cell('eu-silent'), async (instance) => {
        const now = Date.now;
        Date.now = () => now() + ms;
        try {
          return (await instance.reserve({ meeting_id: crypto.randomUUID(), room_url: ROOM_URL })).ok;
        } finally {
          Date.now = now;
        }
      });
    expect(await silence(CONFIG.cell.silentAfterMs + 1_000)).toBe(true);
    expect(await silence(CONFIG.cell.bootGraceMs + 1_000)).toBe(false);
    node.heartbeat(0);
    await eventually(() => silence(0));
  });

  it('keeps its nodes and their load over hibernation', async () => {
    const node = await FakeNode.registered('eu-sleep', 'node-1', 2);
    node.heartbeat(1);
    node.frames.raw('{"v":1,"type":"ping","ref":"heard"}');
    await node.frames.next('pong');
    await evictDurableObject(cell('eu-sleep'));
    expect(await reserve('eu-sleep')).toMatchObject({ ok: true, value: { cell: 'eu-sleep:0' } });
    expect((await reserve('eu-sleep')).ok).toBe(false);
    node.heartbeat(0);
    await eventually(async () => (await reserve('eu-sleep')).ok);
  });

  it('replaces the link of a node that dials again', async () => {
    const old = await FakeNode.registered('eu-again', 'node-1');
    const fresh = await FakeNode.registered('eu-again', 'node-1');
    expect((await old.frames.closed).code).toBe(CLOSE.replaced);
    await reserve('eu-again');
    expect(await fresh.frames.next('host_meeting')).toBeTruthy();
  });

  it('lets few sockets of a node wait until they register', async () => {
    const waiting: FakeNode[] = [];
    for (let i = 0; i <= CONFIG.cell.maxSilent; i += 1)
      waiting.push(await FakeNode.link('eu-wait', 'node-1'));
    expect(await waiting[0]?.frames.closed).toMatchObject({ code: CLOSE.unavailable });
    // Whichever of the others it has kept, also while others are still coming.
    waiting[1]?.register();
    await waiting[1]?.frames.next('registered');
    await FakeNode.link('eu-wait', 'node-1');
    expect((await reserve('eu-wait')).ok).toBe(true);
  });

  it('hears nothing more from a node that was revoked, also after a restart', async () => {
    const node = await FakeNode.registered('eu-revoked', 'node-1');
    await cell('eu-revoked').revoke('node-1');
    try {
      node.register();
    } catch {
      // Its socket is closed already.
    }
    expect((await node.frames.closed).code).toBe(CLOSE.unauthorized);
    expect(await cell('eu-revoked').node('node-1')).toMatchObject({ error: { code: 'not_found' } });
    await evictDurableObject(cell('eu-revoked'));
    expect(await cell('eu-revoked').node('node-1')).toMatchObject({ error: { code: 'not_found' } });
    expect((await reserve('eu-revoked')).ok).toBe(false);
  });

  it('hangs up on a node that floods it', async () => {
    const node = await FakeNode.registered('eu-flood', 'node-1');
    const frames = CONFIG.cell.linkRate.burst + 2 * ROOM.socket.maxRefusals;
    for (let i = 0; i < frames; i += 1) node.heartbeat(0);
    expect((await node.frames.closed).code).toBe(CLOSE.flooding);
    expect((await reserve('eu-flood')).ok).toBe(false);
  });

  it('takes no node that claims to be another, or of another region', async () => {
    for (const lie of [{ node_id: 'node-2' }, { region: 'us-1' }]) {
      const node = await FakeNode.link('eu-lie', 'node-1');
      node.register(lie);
      expect(await node.frames.next('error')).toMatchObject({ code: 'forbidden' });
      expect((await node.frames.closed).code).toBe(CLOSE.unauthorized);
    }
  });

  it('answers keep-alives and refuses what it does not know', async () => {
    const node = await FakeNode.registered('eu-ping', 'node-1');
    node.frames.raw(PING_FRAME);
    await node.frames.next('pong');
    node.frames.raw('{"v":1,"type":"ping","ref":4}');
    expect(await node.frames.next('pong')).toMatchObject({ ref: 4 });
    node.frames.raw('{"v":1,"type":"nonsense","ref":5}');
    expect(await node.frames.next('error')).toMatchObject({ code: 'malformed', ref: 5 });
    expect((await node.frames.closed).code).toBe(CLOSE.malformed);
  });

  it('asks a node of a former life to register first', async () => {
    const node = await FakeNode.link('eu-former', 'node-1');
    node.heartbeat(0);
    expect(await node.frames.next('error')).toMatchObject({ code: 'not_joined' });
  });

  it('reports to the directory when nodes come, fill up and go', async () => {
    const directory = env.DIRECTORY.getByName(DIRECTORY_NAME);
    const region = async () =>
      (await directory.snapshot()).regions.find((candidate) => candidate.region === 'eu-report');
    const node = await FakeNode.registered('eu-report', 'node-1', 1);
    await eventually(async () => (await region())?.free === 1);
    expect(await region()).toMatchObject({ cell: 'eu-report:0', nodes_up: 1 });
    await reserve('eu-report');
    await eventually(async () => (await region())?.free === 0);
    node.frames.close();
    await eventually(async () => (await region())?.nodes_up === 0);
  });
});
