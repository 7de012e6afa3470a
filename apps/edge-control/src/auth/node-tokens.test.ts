import { env } from 'cloudflare:workers';
import { generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { enrolNode, NODE_KID, nodeToken } from '../../test/support/node.ts';
import { CONFIG } from '../config.ts';
import { cellOfRegion } from '../fleet/names.ts';
import { verifyNodeToken } from './node-tokens.ts';
import { signTicket } from './tokens.ts';

const lookups = () => {
  const counts = { asked: 0, wrong: 0 };
  const guard = { admit: () => void counts.asked++, wrong: async () => void counts.wrong++ };
  return { counts, guard };
};
const verify = (jwt: string, now = Date.now()) => verifyNodeToken(env, jwt, now, lookups().guard);

describe('node tokens', () => {
  it('tell which node it is, and where it belongs', async () => {
    await enrolNode('node-tells', 'eu-tells');
    expect(await verify(await nodeToken('node-tells', 'eu-tells'))).toEqual({
      node_id: 'node-tells',
      region: 'eu-tells',
      cell: cellOfRegion('eu-tells'),
      kid: NODE_KID,
    });
  });

  it('are refused when they are of another key, region, node or kind, or too old', async () => {
    await enrolNode('node-refused', 'eu-refused');
    const foreign = await generateKeyPair('ES256');
    const claims = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), meeting: crypto.randomUUID() };
    const attempts: Record<string, string> = {
      'another key under the kid': await nodeToken('node-refused', 'eu-refused', { key: foreign.privateKey }),
      'an unknown kid': await nodeToken('node-refused', 'eu-refused', { kid: 'other' }),
      'another region': await nodeToken('node-refused', 'us-refused'),
      'a node nobody enrolled': await nodeToken('node-nobody', 'eu-refused'),
      'no name of a node': await nodeToken('Node 1', 'eu-refused'),
      'another kind': await nodeToken('node-refused', 'eu-refused', { typ: 'relay+jwt' }),
      'a ticket': await signTicket(env, { ...claims, role: 'host' }, Date.now()),
      nonsense: 'nonsense',
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      await expect(verify(attempt), what).rejects.toMatchObject({ code: 'unauthorized' });
    }
    const old = await nodeToken('node-refused', 'eu-refused');
    await expect(verify(old, Date.now() + 70_000)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it('cost a lookup now and then, and whoever makes nodes up is noticed', async () => {
    await enrolNode('node-cached', 'eu-cached');
    const { counts, guard } = lookups();
    const jwt = await nodeToken('node-cached', 'eu-cached');
    const now = Date.now();
    for (const at of [now, now + 1_000]) await verifyNodeToken(env, jwt, at, guard);
    expect(counts).toEqual({ asked: 1, wrong: 0 });
    const unknown = await nodeToken('node-cached', 'eu-cached', { kid: 'unknown' });
    for (const at of [now, now + 1_000]) {
      await expect(verifyNodeToken(env, unknown, at, guard)).rejects.toMatchObject({ code: 'unauthorized' });
    }
    expect(counts).toEqual({ asked: 3, wrong: 2 });
  });

  it('are worth nothing once the node is revoked, everywhere within the life of the cache', async () => {
    await enrolNode('node-revoked', 'eu-revoked');
    const jwt = await nodeToken('node-revoked', 'eu-revoked');
    await verify(jwt);
    await env.CELLS.getByName(cellOfRegion('eu-revoked')).revoke('node-revoked');
    const later = Date.now() + CONFIG.nodeKeys.cacheMs + 1;
    await expect(verify(jwt, later)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
