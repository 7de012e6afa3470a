import { env } from 'cloudflare:workers';
import {
  CLOSE,
  Enrolment,
  FleetNode,
  FleetNodeList,
  FleetRegionList,
  type NodeWish,
} from '@meridian/protocol';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { call, problemIn } from '../../../test/support/api.ts';
import { enrolNode, FakeNode, NODE_KEY, NODE_KID, nodeToken } from '../../../test/support/node.ts';
import { DIRECTORY_NAME } from '../../fleet/names.ts';

const OPERATOR = { authorization: `Bearer ${env.OPERATOR_KEY}` };
const ask = (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') =>
  call(`/api/v1/fleet${path}`, { method, headers: OPERATOR, ...(body === undefined ? {} : { body }) });
const act = (path: string) => ask(path, undefined, 'POST');
const enrol = (body: unknown) => call('/api/v1/fleet/enrol', { body });
const link = async (nodeId: string, region: string) =>
  call(`/api/v1/fleet/regions/${region}/link`, {
    headers: { upgrade: 'websocket', authorization: `Bearer ${await nodeToken(nodeId, region)}` },
  });

async function node(region: string, id: string): Promise<FakeNode> {
  await enrolNode(id, region);
  return FakeNode.registered(region, id);
}

describe('enrolment', () => {
  it('takes a machine into the fleet with a secret that is good once', async () => {
    const invited = await ask('/enrolments', { node_id: 'enrol-1', region: 'eu-enrol' });
    expect(invited.status).toBe(201);
    const { secret, expires_at } = Enrolment.parse(await invited.json());
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(3_500_000);
    expect((await link('enrol-1', 'eu-enrol')).status).toBe(401);

    const request = { node_id: 'enrol-1', region: 'eu-enrol', secret, public_key: NODE_KEY };
    const answer = await enrol(request);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { node_id: 'enrol-1', region: 'eu-enrol', kid: NODE_KID },
    ]);
    const socket = await link('enrol-1', 'eu-enrol');
    expect(socket.status).toBe(101);
    socket.webSocket?.accept();
    socket.webSocket?.close();

    // The answer may have got lost; another key is another machine.
    expect((await enrol(request)).status).toBe(200);
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    const { kty, crv, x, y } = await exportJWK(publicKey);
    expect((await problemIn(await enrol({ ...request, public_key: { kty, crv, x, y } }))).code).toBe(
      'unauthorized',
    );
  });

  it('refuses secrets of other nodes and regions, and ones made up', async () => {
    const { secret } = Enrolment.parse(
      await (await ask('/enrolments', { node_id: 'refuse-1', region: 'eu-refuse' })).json(),
    );
    await ask('/enrolments', { node_id: 'refuse-2', region: 'eu-refuse' });
    const right = { node_id: 'refuse-1', region: 'eu-refuse', secret, public_key: NODE_KEY };
    const wrong = [
      { node_id: 'refuse-2' },
      { region: 'us-refuse' },
      { secret: 'me_x' },
      { node_id: 'nobody' },
    ];
    for (const lie of wrong) expect((await enrol({ ...right, ...lie })).status).toBe(401);
    const malformed = { ...right, public_key: { ...NODE_KEY, x: 'short' } };
    expect((await enrol(malformed)).status).toBe(400);
    expect((await enrol(right)).status).toBe(200);
  });

  it('lets a name belong to one region only', async () => {
    await ask('/enrolments', { node_id: 'named-1', region: 'eu-named' });
    const elsewhere = await ask('/enrolments', { node_id: 'named-1', region: 'us-named' });
    expect(await problemIn(elsewhere)).toMatchObject({ status: 409, code: 'conflict' });
    expect((await act('/nodes/named-1/revoke')).status).toBe(204);
    expect((await ask('/enrolments', { node_id: 'named-1', region: 'us-named' })).status).toBe(201);
  });

  it('fills a cell after the other', async () => {
    const directory = env.DIRECTORY.getByName('sharded');
    for (let i = 0; i < 251; i += 1) await directory.assign(`n-${i}`, 'eu-many');
    expect(await directory.locate('n-249')).toEqual({ region: 'eu-many', cell: 'eu-many:0' });
    expect(await directory.locate('n-250')).toEqual({ region: 'eu-many', cell: 'eu-many:1' });
    await directory.unassign('n-7');
    expect(await directory.assign('n-x', 'eu-many')).toMatchObject({ value: { cell: 'eu-many:0' } });
  });
});

describe('looking at the fleet', () => {
  it('shows nodes by region and what the regions come to', async () => {
    const busy = await node('eu-look', 'look-2');
    await node('eu-look', 'look-1');
    busy.heartbeat(40, 'draining');
    await expect
      .poll(async () => FleetNode.parse(await (await ask('/nodes/look-2')).json()))
      .toMatchObject({ verdict: 'draining', load: { participants: 40 }, linked: true, cell: 'eu-look:0' });
    const { items, unreachable } = FleetNodeList.parse(await (await ask('/nodes?region=eu-look')).json());
    expect(items.map(({ node: { node_id }, verdict }) => [node_id, verdict])).toEqual([
      ['look-1', 'up'],
      ['look-2', 'draining'],
    ]);
    expect(unreachable).toEqual([]);
    const regions = FleetRegionList.parse(await (await ask('/regions')).json());
    expect(regions.items.find(({ region }) => region === 'eu-look')).toMatchObject({
      nodes: { up: 1, draining: 1, lost: 0 },
      participants: 40,
      capacity: 200,
      free: 100,
    });
    const metrics = (await (await ask('/metrics')).text()).split('\n');
    for (const line of [
      '# TYPE meridian_fleet_nodes gauge',
      'meridian_fleet_nodes{region="eu-look",verdict="draining"} 1',
      'meridian_fleet_free{region="eu-look"} 100',
      'meridian_fleet_cells_unreachable 0',
    ]) {
      expect(metrics).toContain(line);
    }
    expect((await ask('/nodes/nobody')).status).toBe(404);
    expect((await ask('/nodes/Not%20a%20node')).status).toBe(400);
  });
});

describe('steering the fleet', () => {
  it('drains and undrains, and the node hears of it', async () => {
    const fake = await node('eu-steer', 'steer-1');
    const steer = async (path: string, desired: NodeWish, verdict: string) => {
      const response = await act(`/nodes/steer-1/${path}`);
      expect(FleetNode.parse(await response.json())).toMatchObject({ desired, verdict });
      expect(await fake.frames.next('directive')).toMatchObject({ desired });
    };
    await steer('drain', 'drain', 'draining');
    await steer('undrain', 'serve', 'up');
    for (const path of ['drain', 'undrain', 'revoke'])
      expect((await act(`/nodes/nobody/${path}`)).status).toBe(404);
  });

  it('revokes: links closed, tokens refused, the name free again', async () => {
    const fake = await node('eu-out', 'out-1');
    expect((await link('out-1', 'eu-out')).status).toBe(101);
    expect((await act('/nodes/out-1/revoke')).status).toBe(204);
    expect((await fake.frames.closed).code).toBe(CLOSE.unauthorized);
    expect((await link('out-1', 'eu-out')).status).toBe(401);
    expect((await ask('/nodes/out-1')).status).toBe(404);
    expect(await env.DIRECTORY.getByName(DIRECTORY_NAME).locate('out-1')).toBeNull();
  });
});
