import { evictDurableObject } from 'cloudflare:test';
import { encode, type roomLink } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegistryCell } from '../fleet/registry-cell.ts';
import { ROOM } from './config.ts';
import { Reserver } from './reserver.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { newRoom, nodeIn } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { type FrameOf, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const AMS = nodeIn('amsterdam', 'ams-1');
const IAD = nodeIn('virginia', 'iad-1');
const AGAIN = { ...IAD, boot_id: crypto.randomUUID(), dtls_fingerprint: `sha-256 ${'AB:'.repeat(31)}AB` };
const at = (node: typeof AMS) => ({
  reservation: { reservation_id: crypto.randomUUID(), cell: 'test-cell', node },
  location: node.location,
});
const isStandby = (frame: { type: string }): frame is FrameOf<'standby'> => frame.type === 'standby';

/** Two who are each other's standby, and how the one's node is known to its cell. */
async function scene(cellKnows: typeof IAD | null) {
  const { room, meeting } = newRoom();
  spareNodes();
  vi.spyOn(Reserver.prototype, 'claim').mockImplementation(
    async ({ cell }) => cellKnows && { reservation_id: crypto.randomUUID(), cell, node: cellKnows },
  );
  const ada = await TestClient.join(room, meeting, at(AMS));
  const bob = await TestClient.join(room, meeting, at(IAD));
  expect(await ada.reader.next(isStandby)).toMatchObject({ standby: { node_id: 'iad-1' } });
  return { room, ada, bob, seen: ada.reader.frames.length };
}

describe('a node that was started anew', () => {
  it('is found by its new certificate, by those whose standby it is and by those who were there', async () => {
    const { room, ada, bob, seen } = await scene(AGAIN);
    await TestNode.dial(room, AGAIN);
    const told = await ada.reader.next(isStandby, seen);
    expect(told).toMatchObject({
      standby: { node_id: 'iad-1', dtls_fingerprint: AGAIN.dtls_fingerprint },
    });
    expect(await bob.resume()).toMatchObject({
      sfu: { node_id: 'iad-1', dtls_fingerprint: AGAIN.dtls_fingerprint },
    });
  });

  it.each([
    ['does not have it', null],
    ['has not heard of it yet', IAD],
  ])("is nobody's any more while its cell %s", async (_, cellKnows) => {
    const { room, ada, seen } = await scene(cellKnows);
    await TestNode.dial(room, AGAIN);
    expect(await ada.reader.next(isStandby, seen)).toMatchObject({ standby: null, failover: 'cold' });
  });

  it('changes nothing when it merely dials again', async () => {
    const { room, ada, bob, seen } = await scene(AGAIN);
    const link = await TestNode.dial(room, IAD);
    await link.desired();
    await bob.ask({ type: 'chat', text: 'later', client_id: crypto.randomUUID() });
    await ada.event('chat_broadcast');
    expect(ada.reader.frames.slice(seen).filter(isStandby)).toEqual([]);
  });
});

describe('a node that was started anew and knows nothing of the meeting', () => {
  const inMesh = async (room: Parameters<typeof rows>[0]) => {
    const nodes = await rows<{ node_id: string; body: string }>(room, 'select node_id, body from nodes');
    return nodes.filter(({ body }) => JSON.parse(body).lost_at === null).map(({ node_id }) => node_id);
  };
  const cellSays = (boot_id: string) => {
    const answer = { verdict: 'up', since: 0, boot_id } as const;
    vi.spyOn(RegistryCell.prototype, 'evidence').mockResolvedValue(answer);
    return vi.spyOn(RegistryCell.prototype, 'verdict').mockResolvedValue(answer);
  };
  const silent = (node_id: string) =>
    encode<roomLink.NodeToRoom>({ type: 'relay_silent', node_id, silent: true });

  it('is taken in as it is now when its neighbour misses it, since people would come to it', async () => {
    const { room, ada, seen } = await scene(AGAIN);
    const neighbour = await TestNode.dial(room, AMS);
    await neighbour.desired();
    cellSays(AGAIN.boot_id);
    neighbour.send(silent('iad-1'));
    expect(await ada.reader.next(isStandby, seen)).toMatchObject({
      standby: { node_id: 'iad-1', dtls_fingerprint: AGAIN.dtls_fingerprint },
    });
  });

  /** Only one is left, who has gone over from a node that matters to nobody any more. */
  async function goneOver(...linked: readonly (typeof AMS)[]) {
    const { room, ada, bob, seen } = await scene(AGAIN);
    const links = await Promise.all(linked.map((node) => TestNode.dial(room, node)));
    for (const link of links) await link.desired();
    await room.leave({ participant_id: bob.id, session_id: bob.sessionId });
    await ada.ask({ type: 'activated', node_id: 'iad-1', from_node_id: 'ams-1', reason: 'socket_closed' });
    expect(await ada.reader.next(isStandby, seen)).toMatchObject({ standby: null });
    return { room, links };
  }

  it('leaves the mesh when it matters to nobody: who comes later would get to nobody over it', async () => {
    cellSays(crypto.randomUUID());
    const { room } = await goneOver(AMS, IAD);
    await expect.poll(() => inMesh(room)).toEqual(['iad-1']);
  });

  it('stays for a while when it is as it was', async () => {
    cellSays(AMS.boot_id);
    const { room } = await goneOver(AMS, IAD);
    await elapse(room, ROOM.evidence.askAgainMs + ROOM.mesh.linkMissingMs);
    expect(await inMesh(room)).toEqual(['ams-1', 'iad-1']);
  });

  it('leaves when its link does not come back', async () => {
    cellSays(AMS.boot_id);
    const { room, links } = await goneOver(AMS, IAD);
    links[0]?.reader.socket.close(1001, 'gone');
    await links[0]?.reader.closing();
    await elapse(room, ROOM.mesh.linkMissingMs - 1_000);
    expect(await inMesh(room)).toEqual(['ams-1', 'iad-1']);
    await elapse(room, 2_000);
    expect(await inMesh(room)).toEqual(['iad-1']);
  });

  it('leaves when nobody has seen its link go', async () => {
    cellSays(AMS.boot_id);
    const { room } = await goneOver(IAD);
    await evictDurableObject(room);
    await elapse(room, 1);
    expect(await inMesh(room)).toEqual(['ams-1', 'iad-1']);
    await elapse(room, ROOM.mesh.linkMissingMs);
    expect(await inMesh(room)).toEqual(['iad-1']);
  });

  it('is asked about as long as its link is missing while people depend on it', async () => {
    const { room, ada, bob, seen } = await scene(AGAIN);
    const verdict = cellSays(IAD.boot_id);
    const link = await TestNode.dial(room, IAD);
    await link.desired();
    link.reader.socket.close(1001, 'gone');
    await link.reader.closing();
    await elapse(room, ROOM.mesh.linkMissingMs + 1_000);
    expect(ada.reader.frames.slice(seen).filter(isStandby)).toEqual([]);
    verdict.mockResolvedValue({ verdict: 'up', since: 0, boot_id: AGAIN.boot_id });
    await elapse(room, ROOM.mesh.linkMissingMs);
    expect(await ada.reader.next(isStandby, seen)).toMatchObject({
      standby: { node_id: 'iad-1', dtls_fingerprint: AGAIN.dtls_fingerprint },
    });
    expect(bob.reader.closed).toBeNull();
  });
});
