import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import type { NodeDescription } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOM } from './config.ts';
import { Reserver } from './reserver.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { admitted, newRoom, nodeIn, type Room } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { type FrameOf, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const AMS = nodeIn('amsterdam', 'ams-1');
const AMS_2 = nodeIn('amsterdam', 'ams-2');
const FRA = nodeIn('frankfurt', 'fra-1');
const IAD = nodeIn('virginia', 'iad-1');

const at = (node: NodeDescription) => ({
  reservation: { reservation_id: crypto.randomUUID(), cell: `${node.region}:0`, node },
  location: node.location,
});

const isStandby = (frame: { type: string }): frame is FrameOf<'standby'> => frame.type === 'standby';

/** What the client was told last of its standby. */
function told({ reader }: TestClient): [string | undefined, string] | undefined {
  const last = reader.frames.findLast((frame) => 'failover' in frame);
  return last && [last.standby?.node_id, last.failover];
}

/** Where everybody falls back to, by where they are. */
async function standbys(room: Room): Promise<[string, string | null][]> {
  const members = await rows<{ body: string }>(room, 'select body from participants');
  return members
    .map(({ body }): [string, string | null] => {
      const { node_id, standby_node_id } = JSON.parse(body);
      return [node_id, standby_node_id];
    })
    .toSorted();
}

const claims = (token: string): { nodes: string[] } =>
  JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));

describe('the standby', () => {
  it('is each other’s node, where the meeting has two; nobody else is asked', async () => {
    const { room, meeting } = newRoom();
    const asked = spareNodes();
    const ada = await TestClient.join(room, meeting, at(AMS));
    expect(told(ada)).toEqual([undefined, 'cold']);
    const before = asked(meeting).length;
    const admission = await admitted(room, meeting, at(IAD));
    expect(admission).toMatchObject({
      sfu: { node_id: 'iad-1' },
      standby: { node_id: 'ams-1' },
      failover: 'hot',
    });
    expect(asked(meeting)).toHaveLength(before);
    // Who is there already is told.
    expect(await ada.reader.next(isStandby)).toMatchObject({
      standby: { node_id: 'iad-1', url: IAD.url, dtls_fingerprint: IAD.dtls_fingerprint },
      failover: 'hot',
    });
    expect(await standbys(room)).toEqual([
      ['ams-1', 'iad-1'],
      ['iad-1', 'ams-1'],
    ]);
  });

  it('is a further node otherwise, asked for once, after the answer to the join', async () => {
    const { room, meeting } = newRoom();
    const asked = spareNodes(AMS, AMS_2);
    const first = await admitted(room, meeting, at(AMS));
    expect([first.standby, first.failover]).toEqual([null, 'cold']);
    await expect.poll(() => standbys(room)).toEqual([['ams-1', 'ams-2']]);
    expect(asked(meeting)).toEqual([
      expect.objectContaining({
        purpose: 'standby',
        location: AMS.location,
        primary_region: AMS.region,
        failure_domains_to_avoid: ['ams-1'],
      }),
    ]);
    // By then it comes with `joined`, and for the next with the answer.
    const ada = await TestClient.open(room, first);
    const joined = await ada.ask({ type: 'join', media: { audio: true, video: true } });
    expect(joined).toMatchObject({ type: 'joined', standby: { node_id: 'ams-2' }, failover: 'hot' });
    expect(await admitted(room, meeting, at(AMS))).toMatchObject({
      sfu: { node_id: 'ams-1' },
      standby: { node_id: 'ams-2' },
    });
    expect(asked(meeting)).toHaveLength(1);
  });

  it('knows of the meeting before anybody comes: linked, with everybody and grants, good for its tokens', async () => {
    const { room, meeting } = newRoom();
    spareNodes(AMS_2);
    const ada = await TestClient.join(room, meeting, at(AMS));
    const spare = await TestNode.dial(room, AMS_2);
    const desired = await spare.desired((state) => state.participants.length === 1);
    expect(desired).toMatchObject({
      participants: [{ participant_id: ada.id, node_id: 'ams-1', standby_node_id: 'ams-2' }],
      mesh: [{ node_id: 'ams-1' }, { node_id: 'ams-2' }],
      links: [{ a: 'ams-1', b: 'ams-2' }],
    });
    const primary = await TestNode.dial(room, AMS);
    expect(Object.keys((await primary.desired()).relay_grants)).toEqual(['ams-2']);
    await expect.poll(() => told(ada)).toEqual(['ams-2', 'hot']);
    const token = await ada.ask({ type: 'request_media_token' });
    expect(claims(token.type === 'media_token' ? token.media_token : '').nodes).toEqual(['ams-1', 'ams-2']);
  });

  it('is in another failure domain', async () => {
    const { room, meeting } = newRoom();
    const twin = nodeIn('amsterdam', 'ams-9', { failure_domain: AMS.failure_domain });
    spareNodes(twin, AMS_2);
    await admitted(room, meeting, at(AMS));
    await expect.poll(() => standbys(room)).toEqual([['ams-1', 'ams-2']]);
  });

  it('is asked for again when there was none, with patience, and by each round', async () => {
    const { room, meeting } = newRoom();
    const none = spareNodes();
    await TestClient.join(room, meeting, at(AMS));
    await expect.poll(() => rows(room, "select * from timers where kind = 'standby'")).toHaveLength(1);
    await elapse(room, 20 * 60_000);
    expect(none(meeting)).toHaveLength(1 + ROOM.standby.maxRetries);
    spareNodes(AMS_2);
    await elapse(room, ROOM.session.roundMs);
    await expect.poll(() => standbys(room)).toEqual([['ams-1', 'ams-2']]);
  });

  it('is looked for again even if the object is gone before the fleet has answered', async () => {
    const { room, meeting } = newRoom();
    const { promise, reject } = Promise.withResolvers<never>();
    vi.spyOn(Reserver.prototype, 'find').mockReturnValue(promise);
    await admitted(room, meeting, at(AMS));
    const kept = await rows<{ due: number }>(room, "select due from timers where kind = 'standby'");
    expect(kept).toEqual([{ due: Date.now() + ROOM.standby.retryMs }]);
    reject(new Error('over'));
  });

  it('of many who come at once is asked for once', async () => {
    const { room, meeting } = newRoom();
    const asked = spareNodes(AMS_2, FRA);
    await Promise.all(Array.from({ length: 100 }, () => admitted(room, meeting, at(AMS))));
    await expect
      .poll(async () => new Set((await standbys(room)).map(String)))
      .toEqual(new Set(['ams-1,ams-2']));
    expect(asked(meeting)).toHaveLength(1);
  });

  it('is not more than it could take: the next gets another', async () => {
    const { room, meeting } = newRoom();
    const small = nodeIn('amsterdam', 'ams-2', { capacity: 2 });
    spareNodes(small, FRA);
    for (let i = 0; i < 4; i += 1) await admitted(room, meeting, at(AMS));
    await expect
      .poll(async () => (await standbys(room)).map(([, standby]) => standby))
      .toEqual(['ams-2', 'ams-2', 'fra-1', 'fra-1']);
  });

  it('outlives an eviction, and a restart of everything moves nobody', async () => {
    const { room, meeting } = newRoom();
    spareNodes(AMS_2);
    const ada = await TestClient.join(room, meeting, at(AMS));
    await expect.poll(() => told(ada)).toEqual(['ams-2', 'hot']);
    const before = [await standbys(room), await rows(room, 'select * from topology')];
    await evictDurableObject(room, { webSockets: 'close' });
    expect(await ada.resume()).toMatchObject({
      type: 'joined',
      sfu: { node_id: 'ams-1' },
      standby: { node_id: 'ams-2' },
      failover: 'hot',
    });
    await TestNode.dial(room, AMS);
    await elapse(room, 60_000);
    expect([await standbys(room), await rows(room, 'select * from topology')]).toEqual(before);
    expect(ada.reader.frames.some(({ type }) => type === 'sfu_move' || type === 'standby')).toBe(false);
  });

  it('is given to those of a room that knew nothing of standbys yet', async () => {
    const { room, meeting } = newRoom();
    spareNodes();
    const ada = await TestClient.join(room, meeting, at(AMS));
    await TestClient.join(room, meeting, at(IAD));
    // As the version before has left it.
    await runInDurableObject(room, (_, { storage: { sql } }) => {
      sql.exec(
        "update participants set body = json_remove(body, '$.standby_node_id', '$.failover', '$.avoid')",
      );
      sql.exec("update nodes set body = json_remove(body, '$.cell', '$.lost_at', '$.node.failure_domain')");
      sql.exec('drop table topology; drop table placements');
      sql.exec('update schema_version set version = 2');
    });
    await evictDurableObject(room);
    const links = [await TestNode.dial(room, AMS), await TestNode.dial(room, IAD)];
    for (const link of links)
      await link.desired(({ links: [only] }) => only?.a === 'ams-1' && only.b === 'iad-1');
    await elapse(room, ROOM.session.roundMs);
    await expect.poll(() => told(ada)?.[0]).toBe('iad-1');
    expect(await standbys(room)).toEqual([
      ['ams-1', 'iad-1'],
      ['iad-1', 'ams-1'],
    ]);
  });

  it('leaves the mesh with the last who would go there', async () => {
    const { room, meeting } = newRoom();
    spareNodes(AMS_2);
    const ada = await TestClient.join(room, meeting, at(AMS));
    await expect.poll(() => standbys(room)).toEqual([['ams-1', 'ams-2']]);
    await TestClient.join(room, meeting, at(IAD));
    const bob = (await standbys(room)).find(([node]) => node === 'iad-1');
    expect(['ams-1', 'ams-2']).toContain(bob?.[1]);
    const desired = () => rows<{ node_id: string }>(room, 'select node_id from nodes');
    expect(await desired()).toHaveLength(3);
    await ada.ask({ type: 'leave' });
    await elapse(room, ROOM.mesh.idleNodeMs + 1_000);
    expect((await desired()).map(({ node_id }) => node_id)).toEqual([bob?.[1], 'iad-1']);
  });

  it('is prepared less when the meeting grows, and whole for who presents', async () => {
    const { room, meeting } = newRoom();
    spareNodes(AMS_2);
    const ada = await TestClient.join(room, meeting, at(AMS));
    const host = await TestClient.join(room, meeting, { ...at(AMS), role: 'host' });
    const others = ROOM.tier.smallUpTo + ROOM.tier.smallSlack - 1;
    for (let i = 0; i < others; i += 1) await admitted(room, meeting, at(AMS));
    await ada.reader.next(
      (frame): frame is FrameOf<'standby'> => isStandby(frame) && frame.failover === 'warm',
    );
    await ada.ask({ type: 'screen_share_start', stream_id: `${ada.id}:screen` });
    const last = () => told(ada)?.[1];
    await expect.poll(last).toBe('hot');
    await ada.ask({ type: 'screen_share_stop' });
    await expect.poll(last).toBe('warm');
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'co_host' });
    await expect.poll(last).toBe('hot');
    const seenByHost = host.reader.frames.filter(isStandby).map(({ failover }) => failover);
    expect(seenByHost).not.toContain('warm');
  });
});
