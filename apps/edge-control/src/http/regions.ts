import { createRoute } from '@hono/zod-openapi';
import { NearbyRegions } from '@meridian/protocol';
import { awayCells } from '../fleet/away-cells.ts';
import { nearbyRegions } from '../fleet/nearby-regions.ts';
import { fleetSnapshot } from '../fleet/snapshot-cache.ts';
import { jsonAnswer, named, problems } from './api-doc.ts';
import { ANYBODY } from './auth/security.ts';
import { FOR_A_MINUTE } from './caching.ts';
import { router } from './context.ts';
import { locationOf } from './location.ts';

const nearby = createRoute({
  method: 'get',
  path: '/regions',
  summary: 'Regions near the caller',
  description:
    'To measure the round trips that a join takes as `round_trips`: `probe_url` answers anybody with a few bytes. ' +
    'Nearest first, by where the request comes from; a region that has no place is left out.',
  security: ANYBODY,
  responses: {
    200: jsonAnswer(named('NearbyRegions', NearbyRegions), 'A few regions; none while there are no nodes.'),
    ...problems(401, 429, 503),
  },
});

export const regions = router().openapi(nearby, async (c) => {
  const now = Date.now();
  const snapshot = await fleetSnapshot(c.env, now);
  const found = nearbyRegions(snapshot.regions, locationOf(c.req.raw.cf), awayCells(now));
  return c.json({ regions: found }, 200, FOR_A_MINUTE);
});
