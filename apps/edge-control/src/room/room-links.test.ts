import { evictDurableObject } from 'cloudflare:test';
import { encode, type roomLink } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { admitted, joinRequest, newRoom, nodeIn } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(() => {
  fakeClock();
  spareNodes();
});
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const ams = nodeIn('amsterdam', 'ams-1');
const iad = nodeIn('virginia', 'iad-1');
const at = (node: typeof ams) => ({
  reservation: { reservation_id: crypto.randomUUID(), cell: 'test-cell', node },
  location: node.location,
});

describe('the room link', () => {
  it('has a waiting node served as soon as a join brings it into the mesh', async () => {
    const { room, meeting } = newRoom();
    const node = await TestNode.dial(room, ams);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(node.states).toEqual([]);
    const admission = await admitted(room, meeting, at(ams));
    const desired = await node.desired();
    expect(desired).toMatchObject({
      meeting_id: meeting.id,
      ended: false,
      mesh: [{ node_id: 'ams-1', region: 'eu-west', relay_url: ams.relay_url }],
      relay_grants: {},
    });
    // Before the client has so much as opened its sockets.
    expect(desired.participants).toMatchObject([{ participant_id: admission.participant_id, min_gen: 1 }]);
  });

  it('gathers changes and raises the version, over restarts too', async () => {
    const { room, meeting } = newRoom();
    await admitted(room, meeting, at(ams));
    const node = await TestNode.dial(room, ams);
    await node.desired();
    for (let i = 0; i < 5; i += 1) {
      await admitted(room, meeting, at(ams));
      if (i === 2) {
        await node.desired((state) => state.participants.length === 4);
        await evictDurableObject(room);
      }
    }
    await node.desired((state) => state.participants.length === 6);
    const versions = node.states.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(new Set(node.states.map(({ room_epoch }) => room_epoch)).size).toBe(1);

    const again = await TestNode.dial(room, ams);
    expect(await node.reader.closing()).toBe(4409);
    expect((await again.desired()).version).toBe(versions.at(-1));
  });

  it('gives the nodes of a mesh grants for each other, and renews them in time', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, at(ams));
    const bob = await TestClient.join(room, meeting, at(iad));
    const [first, second] = [await TestNode.dial(room, ams), await TestNode.dial(room, iad)];
    const before = await first.desired((state) => state.mesh.length === 2);
    expect(Object.keys(before.relay_grants)).toEqual(['iad-1']);
    expect((await second.desired()).relay_grants).toEqual({});
    const { version } = before;
    // Within their life of an hour, several times over.
    let grant = before.relay_grants['iad-1'];
    for (let round = 1; round <= 3; round += 1) {
      await elapse(room, ROOM.session.roundMs);
      const renewed = await first.desired(({ relay_grants }) => relay_grants['iad-1'] !== grant);
      expect(renewed.version).toBe(version);
      grant = renewed.relay_grants['iad-1'];
    }
    expect([ada.reader.closed, bob.reader.closed]).toEqual([null, null]);
  });

  it('leaves no trace of a reserved node it does not use', async () => {
    const { room, meeting } = newRoom();
    await admitted(room, meeting, at(ams));
    const other = await admitted(room, meeting, at(nodeIn('amsterdam', 'ams-2')));
    expect(other.sfu.node_id).toBe('ams-1');
    expect(await rows(room, 'select node_id from nodes')).toEqual([{ node_id: 'ams-1' }]);
  });

  it('sends nobody new to a node whose link has been gone for a while', async () => {
    const { room, meeting } = newRoom();
    await TestClient.join(room, meeting, at(ams));
    const link = await TestNode.dial(room, ams);
    await link.desired();
    await elapse(room, ROOM.mesh.linkMissingMs + 1_000);
    const next = at(nodeIn('amsterdam', 'ams-2'));
    expect((await admitted(room, meeting, next)).sfu.node_id).toBe('ams-1');
    link.reader.socket.close(1000, 'gone');
    await link.reader.closing();
    expect((await admitted(room, meeting, next)).sfu.node_id).toBe('ams-1');
    await elapse(room, ROOM.mesh.linkMissingMs + 1_000);
    expect((await admitted(room, meeting, next)).sfu.node_id).toBe('ams-2');
  });

  it('means nothing for the participants when it closes', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, at(ams));
    const node = await TestNode.dial(room, ams);
    const { boot_id } = ams;
    const peer = { participant_id: ada.id, session_id: ada.sessionId, at: Date.now(), boot_id };
    node.send(JSON.stringify({ v: 1, type: 'peer_state', ...peer, connected: false }));
    node.reader.socket.close(1000, 'gone');
    await node.reader.closing();
    await elapse(room, 120_000);
    expect(ada.reader.closed).toBeNull();
    expect(await rows(room, 'select * from participants')).toHaveLength(1);
  });

  it('follows a participant whose media turns up at their standby', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, at(ams));
    await TestClient.join(room, meeting, at(iad));
    const node = await TestNode.dial(room, iad);
    await node.desired();
    const peer = { participant_id: ada.id, session_id: ada.sessionId, at: Date.now(), boot_id: iad.boot_id };
    node.send(JSON.stringify({ v: 1, type: 'peer_state', ...peer, connected: true }));
    await expect
      .poll(
        async () => (await ada.ask({ type: 'request_media_token' })).type === 'media_token' && nodeOf(ada),
      )
      .toBe('iad-1');
    // The other one stays: who was there already falls back on it.
    await elapse(room, ROOM.mesh.idleNodeMs + 1_000);
    expect((await node.desired()).participants).toMatchObject([
      { node_id: 'iad-1' },
      { node_id: 'iad-1', standby_node_id: 'ams-1' },
    ]);
    expect((await node.desired()).mesh).toHaveLength(2);
  });

  it('dismisses a node that is no longer of the mesh', async () => {
    const { room, meeting } = newRoom();
    await TestClient.join(room, meeting, at(ams));
    const bob = await TestClient.join(room, meeting, at(iad));
    const node = await TestNode.dial(room, iad);
    await node.desired();
    await bob.ask({ type: 'leave' });
    // It stays as a standby, until it wants to go.
    await elapse(room, ROOM.mesh.idleNodeMs + 1_000);
    const { boot_id } = iad;
    node.send(encode<roomLink.NodeToRoom>({ type: 'draining', boot_id, deadline: Date.now() + 60_000 }));
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).toHaveLength(1);
    await elapse(room, 0);
    await node.desired((state) => state.participants[0]?.standby_node_id === null);
    await elapse(room, ROOM.move.lingerMs + 1_000);
    await node.desired((state) => state.ended);
    expect(await node.reader.closing()).toBe(1000);
  });

  it('wants the node the token was for', async () => {
    const { room } = newRoom();
    const node = await TestNode.open(room, ams);
    node.send(
      JSON.stringify({
        v: 1,
        type: 'node_hello',
        node_id: 'iad-1',
        boot_id: ams.boot_id,
        region: ams.region,
      }),
    );
    expect(await node.reader.closing()).toBe(4401);
  });

  it('takes a node with a new port after a restart', async () => {
    const { room, meeting } = newRoom();
    await admitted(room, meeting, at(ams));
    const restarted = { ...ams, boot_id: crypto.randomUUID(), port: 41_000 };
    const result = await room.join(joinRequest(meeting, at(restarted)));
    expect(result).toMatchObject({ ok: true, value: { sfu: { port: 41_000 } } });
  });
});

function nodeOf(client: TestClient): string | undefined {
  const token = client.reader.frames.findLast((frame) => frame.type === 'media_token');
  if (token?.type !== 'media_token') return undefined;
  const payload = token.media_token.split('.')[1] ?? '';
  const claims: { nodes: string[] } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  return claims.nodes[0];
}
