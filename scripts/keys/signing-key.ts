import { createHash, generateKeyPairSync } from 'node:crypto';

/** A private ES256 JWK, named by its thumbprint. */
export function newSigningKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = privateKey.export({ format: 'jwk' });
  // The thumbprint of RFC 7638: its members in this order, without spaces.
  const { crv, kty, x, y } = jwk;
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { ...jwk, alg: 'ES256', use: 'sig', kid };
}
