import { AUDIENCE, type NodeClaims, TOKEN_LIFE } from '@meridian/protocol';
import { SignJWT } from 'jose';
import type { Config } from '../config.ts';

/** Proves to a cell or a room which node is dialling. Signed anew for each dial. */
export function signNodeToken(
  config: Pick<Config, 'NODE_ID' | 'REGION' | 'FLEET_SECRET'>,
  now = Date.now(),
): Promise<string> {
  const claims: NodeClaims = {
    aud: AUDIENCE.node,
    sub: config.NODE_ID,
    region: config.REGION,
    exp: Math.floor(now / 1000) + TOKEN_LIFE.node,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(config.FLEET_SECRET));
}
