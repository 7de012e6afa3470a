import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Reserver } from './reserver.ts';
import { fakeClock, realClock } from './testing/clock.ts';
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
