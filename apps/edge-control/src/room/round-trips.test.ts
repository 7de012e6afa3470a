import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeClock, realClock, rows } from './testing/clock.ts';
import { newRoom, nodeIn } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const AMS = nodeIn('amsterdam', 'ams-1');
const MEASURED = { 'eu-west': 18, 'us-east': 95 };
const HERE = {
  reservation: { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: AMS },
  location: AMS.location,
};

/** A room in a fleet that has no other node, and by which round trips it has looked for one, for what. */
function meetingWith(settings: Parameters<typeof newRoom>[0] = {}) {
  const { room, meeting } = newRoom(settings);
  const asked = spareNodes();
  const wishes = () =>
    asked(meeting).map(({ purpose = 'primary', round_trips }) => ({ purpose, round_trips }));
  return { room, meeting, wishes };
}

describe('the round trips of a participant', () => {
  it('are believed for a standby, and when they move', async () => {
    const { room, meeting, wishes } = meetingWith();
    const ada = await TestClient.join(room, meeting, { ...HERE, round_trips: MEASURED });
    await expect.poll(wishes).toContainEqual({ purpose: 'standby', round_trips: MEASURED });
    await ada.ask({ type: 'request_node', node_id: AMS.node_id, reason: 'unreachable' });
    expect(wishes()).toContainEqual({ purpose: 'primary', round_trips: MEASURED });
    expect(wishes().every(({ round_trips }) => round_trips['us-east'] === 95)).toBe(true);
  });

  it('are believed when they are let in', async () => {
    const { room, meeting, wishes } = meetingWith({ waiting_room: true });
    const host = await TestClient.join(room, meeting, { ...HERE, role: 'host' });
    const ada = await TestClient.wait(room, meeting, { ...HERE, round_trips: MEASURED });
    await host.ask({ type: 'admit', target_user: ada.id });
    expect(wishes()).toContainEqual({ purpose: 'primary', round_trips: MEASURED });
  });

  it('are none in a room of the version before', async () => {
    const { room, meeting, wishes } = meetingWith({ waiting_room: true });
    const host = await TestClient.join(room, meeting, { ...HERE, role: 'host', round_trips: MEASURED });
    const ada = await TestClient.wait(room, meeting, { ...HERE, round_trips: MEASURED });
    await expect.poll(() => wishes().length).toBeGreaterThan(0);
    // As that version has left it.
    await runInDurableObject(room, (_, { storage: { sql } }) => {
      for (const table of ['participants', 'waiting']) {
        sql.exec(`update ${table} set body = json_remove(body, '$.round_trips')`);
      }
      sql.exec('update schema_version set version = 3');
    });
    await evictDurableObject(room);
    await host.ask({ type: 'admit', target_user: ada.id });
    expect(wishes().at(-1)).toEqual({ purpose: 'primary', round_trips: {} });
    const stored = await rows<{ body: string }>(room, 'select body from participants');
    expect(stored.map(({ body }) => JSON.parse(body).round_trips)).toEqual([{}]);
  });
});
