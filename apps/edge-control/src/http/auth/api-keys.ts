import { createRoute } from '@hono/zod-openapi';
import {
  ApiKeyId,
  ApiKeyList,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  LIMITS,
  MeridianError,
} from '@meridian/protocol';
import { z } from 'zod';
import { hashOfKey, newApiKey } from '../../auth/api-keys.ts';
import { insertKey, listKeys, revokeKey } from '../../storage/api-keys.ts';
import { jsonAnswer, jsonBody, named, problems } from '../api-doc.ts';
import { NO_STORE } from '../caching.ts';
import { random, router } from '../context.ts';
import { requireScope } from './actor.ts';
import { forgetKey } from './api-key-actor.ts';
import { ACCOUNT } from './security.ts';

const create = createRoute({
  method: 'post',
  path: '/api-keys',
  summary: 'Create an API key',
  description: 'Scope `api_keys`. A key can be given only what its creator may do.',
  security: ACCOUNT,
  request: { body: jsonBody(named('CreateApiKeyRequest', CreateApiKeyRequest)) },
  responses: {
    201: jsonAnswer(named('CreateApiKeyResponse', CreateApiKeyResponse), 'The key, this once.'),
    ...problems(400, 401, 403, 413, 415, 422, 429, 503),
  },
});

const list = createRoute({
  method: 'get',
  path: '/api-keys',
  summary: 'One’s own API keys',
  description: `Scope \`api_keys\`. All that are good, newest first; there are at most ${LIMITS.apiKeys}.`,
  security: ACCOUNT,
  responses: {
    200: jsonAnswer(named('ApiKeyList', ApiKeyList), 'The keys, without what makes them usable.'),
    ...problems(401, 403, 429, 503),
  },
});

const revoke = createRoute({
  method: 'delete',
  path: '/api-keys/{id}',
  summary: 'Revoke an API key',
  description: 'Scope `api_keys`. Holds everywhere within ten seconds.',
  security: ACCOUNT,
  request: { params: z.object({ id: ApiKeyId }) },
  responses: { 204: { description: 'Revoked.' }, ...problems(400, 401, 403, 404, 429, 503) },
});

export const apiKeyRoutes = router()
  .openapi(create, async (c) => {
    const { userId, scopes: own } = requireScope(c, 'api_keys');
    const request = c.req.valid('json');
    const now = Date.now();
    const lacking = request.scopes.filter((scope) => !own.includes(scope));
    if (lacking.length > 0) {
      throw new MeridianError('forbidden', `you do not have ${lacking.join(', ')} yourself`);
    }
    if (request.expires_at !== undefined && Date.parse(request.expires_at) <= now) {
      throw new MeridianError('unprocessable', 'expires_at is in the past');
    }
    const { key, prefix } = newApiKey(random);
    const stored = await insertKey(c.env, { ...request, userId, prefix, hash: await hashOfKey(key) }, now);
    if (!stored)
      throw new MeridianError('unprocessable', `you have ${LIMITS.apiKeys} keys: revoke one first`);
    return c.json({ ...stored, key }, 201, NO_STORE);
  })
  .openapi(list, async (c) => {
    const { userId } = requireScope(c, 'api_keys');
    return c.json({ items: await listKeys(c.env, userId, Date.now()) }, 200, NO_STORE);
  })
  .openapi(revoke, async (c) => {
    const { userId } = requireScope(c, 'api_keys');
    const hash = await revokeKey(c.env, userId, c.req.valid('param').id, Date.now());
    if (hash === null) throw new MeridianError('not_found', 'you have no such key');
    forgetKey(hash);
    return c.body(null, 204);
  });
