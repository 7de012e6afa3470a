import { createRoute } from '@hono/zod-openapi';
import { Jwks, MeridianError } from '@meridian/protocol';
import { jwks } from '../auth/jwks.ts';
import { CONFIG } from '../config.ts';
import { fleetSnapshot, hasCapacity } from '../fleet/snapshot-cache.ts';
import { jsonAnswer, named, problems } from './api-doc.ts';
import { router } from './context.ts';
import { Health, Readiness } from './doc/platform-schemas.ts';

const keys = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  summary: 'Public keys of the tokens this platform signs',
  responses: { 200: jsonAnswer(named('Jwks', Jwks), 'The keys (RFC 7517).'), ...problems() },
});

const health = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the API answers',
  responses: { 200: jsonAnswer(named('Health', Health), 'It does.'), ...problems() },
});

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether somebody who joins now gets a place',
  responses: {
    200: jsonAnswer(named('Readiness', Readiness), 'A media node has a free place.'),
    ...problems(503),
  },
});

/** Outside /api: what machines ask a deployment. */
export const platform = router()
  .openapi(keys, async (c) =>
    // Nodes refetch on an unknown kid, so a new key is found although this is cached.
    c.json(await jwks(c.env), 200, { 'cache-control': 'public, max-age=300' }),
  )
  .openapi(health, (c) => c.json({ status: 'ok' } as const, 200))
  .openapi(ready, async (c) => {
    const snapshot = await fleetSnapshot(c.env, Date.now());
    if (!hasCapacity(snapshot)) {
      throw new MeridianError('no_capacity', 'no media node has a free place', {
        retryAfterMs: CONFIG.placement.emptySnapshotMs,
      });
    }
    return c.json({ status: 'ready', regions: snapshot.regions.length } as const, 200);
  });
