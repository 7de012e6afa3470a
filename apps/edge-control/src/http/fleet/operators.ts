import { createRoute } from '@hono/zod-openapi';
import {
  CreateEnrolmentRequest,
  Enrolment,
  FleetNode,
  FleetNodeList,
  FleetRegionList,
  ListFleetNodesQuery,
  NodeId,
  type NodeWish,
} from '@meridian/protocol';
import { z } from 'zod';
import { forgetNodeKeys } from '../../auth/node-tokens.ts';
import { unwrap } from '../../result.ts';
import { jsonAnswer, jsonBody, named, problems } from '../api-doc.ts';
import { requireScope } from '../auth/actor.ts';
import { ACCOUNT } from '../auth/security.ts';
import { NO_STORE } from '../caching.ts';
import { type AppContext, router } from '../context.ts';
import { allNodes, askCell, askDirectory, cellOf } from './cells.ts';
import { census } from './census.ts';
import { fleetMetrics } from './metrics.ts';
import { tellRooms } from './tell-rooms.ts';

const NodeParams = z.object({ id: NodeId });
const READ = 'Operators only; scope `fleet:read`.';
const WRITE = 'Operators only; scope `fleet:write`.';

const regions = createRoute({
  method: 'get',
  path: '/fleet/regions',
  summary: 'The regions and what is free in them',
  description: `${READ} As the cells see it at this moment.`,
  security: ACCOUNT,
  responses: {
    200: jsonAnswer(named('FleetRegionList', FleetRegionList), 'All regions with nodes.'),
    ...problems(401, 403, 429, 503),
  },
});

const metrics = createRoute({
  method: 'get',
  path: '/fleet/metrics',
  summary: 'The same for Prometheus',
  description: `${READ} Text format 0.0.4.`,
  security: ACCOUNT,
  responses: {
    200: {
      description: 'Gauges by region and verdict.',
      content: {
        'text/plain': { schema: z.string(), example: 'meridian_fleet_free{region="eu-west"} 403\n' },
      },
    },
    ...problems(401, 403, 429, 503),
  },
});

const nodes = createRoute({
  method: 'get',
  path: '/fleet/nodes',
  summary: 'The media nodes and how they are',
  description: `${READ} Also those that went within the last day.`,
  security: ACCOUNT,
  request: { query: ListFleetNodesQuery },
  responses: {
    200: jsonAnswer(named('FleetNodeList', FleetNodeList), 'By region, then name.'),
    ...problems(400, 401, 403, 429, 503),
  },
});

const node = createRoute({
  method: 'get',
  path: '/fleet/nodes/{id}',
  summary: 'One media node',
  description: READ,
  security: ACCOUNT,
  request: { params: NodeParams },
  responses: {
    200: jsonAnswer(named('FleetNode', FleetNode), 'The node.'),
    ...problems(400, 401, 403, 404, 429, 503),
  },
});

/** What is wanted of a node from now on. */
function directive(path: string, summary: string, description: string) {
  return createRoute({
    method: 'post',
    path: `/fleet/nodes/{id}/${path}`,
    summary,
    description: `${WRITE} ${description}`,
    security: ACCOUNT,
    request: { params: NodeParams },
    responses: {
      200: jsonAnswer(named('FleetNode', FleetNode), 'The node.'),
      ...problems(400, 401, 403, 404, 429, 503),
    },
  });
}

const drain = directive(
  'drain',
  'Empty a media node',
  'Nobody new is sent there, and its participants are moved to other nodes, make before break. It stays up, and ' +
    'empty over restarts, until it is undrained.',
);
const undrain = directive('undrain', 'Have a media node take participants again', 'Who has gone stays gone.');

const revoke = createRoute({
  method: 'post',
  path: '/fleet/nodes/{id}/revoke',
  summary: 'Throw a media node out of the fleet',
  description:
    `${WRITE} Its key is worth nothing from now on, here at once and elsewhere within 30 s; its links are closed, ` +
    'and its participants are moved. To take it back, enrol it anew.',
  security: ACCOUNT,
  request: { params: NodeParams },
  responses: { 204: { description: 'Revoked.' }, ...problems(400, 401, 403, 404, 429, 503) },
});

const enrolments = createRoute({
  method: 'post',
  path: '/fleet/enrolments',
  summary: 'Invite a machine into the fleet',
  description:
    `${WRITE} The secret lets one machine make its key known (\`POST /fleet/enrol\`) within an hour. For a name ` +
    'that is in use in the region, the new key replaces the old one.',
  security: ACCOUNT,
  request: { body: jsonBody(named('CreateEnrolmentRequest', CreateEnrolmentRequest)) },
  responses: {
    201: jsonAnswer(named('Enrolment', Enrolment), 'The secret, this once.'),
    ...problems(400, 401, 403, 409, 413, 415, 429, 503),
  },
});

/** How operators look at the fleet and steer it. */
export const fleetOperators = router()
  .openapi(regions, async (c) => {
    requireScope(c, 'fleet:read');
    const { nodes: all, unreachable } = await allNodes(c.env);
    return c.json({ items: census(all), unreachable }, 200, NO_STORE);
  })
  .openapi(metrics, async (c) => {
    requireScope(c, 'fleet:read');
    const { nodes: all, unreachable } = await allNodes(c.env);
    return c.text(fleetMetrics(census(all), unreachable), 200, NO_STORE);
  })
  .openapi(nodes, async (c) => {
    requireScope(c, 'fleet:read');
    const { nodes: items, unreachable } = await allNodes(c.env, c.req.valid('query').region);
    return c.json({ items, unreachable }, 200, NO_STORE);
  })
  .openapi(node, async (c) => {
    requireScope(c, 'fleet:read');
    const { id } = c.req.valid('param');
    const found = await askCell(c.env, await cellOf(c.env, id), (cell) => cell.node(id));
    return c.json(unwrap(found), 200, NO_STORE);
  })
  .openapi(drain, async (c) => c.json(await direct(c, c.req.valid('param').id, 'drain'), 200, NO_STORE))
  .openapi(undrain, async (c) => c.json(await direct(c, c.req.valid('param').id, 'serve'), 200, NO_STORE))
  .openapi(revoke, async (c) => {
    requireScope(c, 'fleet:write');
    const { id } = c.req.valid('param');
    const meetings = await askCell(c.env, await cellOf(c.env, id), (cell) => cell.revoke(id));
    forgetNodeKeys(id);
    await tellRooms(c.env, meetings, id);
    await askDirectory(c.env, (directory) => directory.unassign(id));
    return c.body(null, 204);
  })
  .openapi(enrolments, async (c) => {
    requireScope(c, 'fleet:write');
    const { node_id, region } = c.req.valid('json');
    const { cell } = unwrap(await askDirectory(c.env, (directory) => directory.assign(node_id, region)));
    const { secret, expires_at } = await askCell(c.env, cell, (stub) => stub.offerEnrolment(node_id));
    const enrolment = { node_id, region, secret, expires_at: new Date(expires_at).toISOString() };
    return c.json(enrolment, 201, NO_STORE);
  });

async function direct(c: AppContext, nodeId: string, wish: NodeWish): Promise<FleetNode> {
  requireScope(c, 'fleet:write');
  const cell = await cellOf(c.env, nodeId);
  return unwrap(await askCell(c.env, cell, (stub) => stub.direct(nodeId, wish)));
}
