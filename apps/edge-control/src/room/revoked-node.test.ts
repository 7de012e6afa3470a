import { CLOSE } from '@meridian/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CONFIG } from '../config.ts';
import { elapse, fakeClock, realClock } from './testing/clock.ts';
import { newRoom, nodeIn } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

const ams = nodeIn('amsterdam', 'ams-1');
const iad = nodeIn('virginia', 'iad-1');

beforeEach(() => {
  fakeClock();
  spareNodes(iad);
});
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

it('a node that was thrown out of the fleet has no link any more, nor a place in the meeting', async () => {
  const { room, meeting } = newRoom();
  const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: ams };
  const ada = await TestClient.join(room, meeting, { reservation, location: ams.location });
  const [revoked, other] = [await TestNode.dial(room, ams), await TestNode.dial(room, iad)];
  await revoked.desired();
  await other.desired(({ links }) => links.length === 1);

  await room.nodeRevoked('ams-1');
  expect(await revoked.reader.closing()).toBe(CLOSE.unauthorized);
  // An isolate of the edge may still believe its token.
  const refused = await room.fetch('https://room/room-link', {
    headers: { upgrade: 'websocket', 'x-meridian-node-id': 'ams-1', 'x-meridian-region': ams.region },
  });
  expect(refused.status).toBe(401);

  // Its neighbours hear of it at once: they relay nothing to it any more, and have no grant for it.
  const alone = await other.desired(({ links }) => links.length === 0);
  expect(alone).toMatchObject({ mesh: [{ node_id: 'iad-1' }], relay_grants: {} });
  await elapse(room, CONFIG.nodeKeys.cacheMs);
  const moved = await other.desired(({ participants }) => participants[0]?.node_id === 'iad-1');
  expect(moved.participants).toMatchObject([{ participant_id: ada.id }]);
  // It may have been enrolled anew.
  expect(await TestNode.open(room, ams)).toBeTruthy();
});
