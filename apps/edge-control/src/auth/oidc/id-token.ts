import { MeridianError } from '@meridian/protocol';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { CONFIG } from '../../config.ts';
import { PersonClaims } from './claims.ts';
import type { Provider } from './discovery.ts';
import { unreachable } from './request.ts';
import type { OidcSettings } from './settings.ts';

/** Signatures with a key pair. Not "none", and no secret that the two of us would share. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

const IdTokenClaims = PersonClaims.extend({
  nonce: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
});

let keys: { uri: string; set: ReturnType<typeof createRemoteJWKSet> } | undefined;

/** jose fetches, keeps and refetches the provider's keys. */
function keysOf({ jwks_uri: uri }: Provider) {
  if (keys?.uri !== uri) {
    const set = createRemoteJWKSet(new URL(uri), {
      timeoutDuration: CONFIG.oidc.requestTimeoutMs,
      cacheMaxAge: CONFIG.oidc.jwksMs,
      cooldownDuration: CONFIG.oidc.jwksCooldownMs,
    });
    keys = { uri, set };
  }
  return keys.set;
}

/**
 * Who the provider says has signed in (OpenID Connect Core §3.1.3.7). Throws `unauthorized` for a token that is
 * not the provider's, not for us or not the answer to our request; `overloaded` when its keys cannot be had.
 */
export async function verifyIdToken(
  provider: Provider,
  { issuer, clientId }: OidcSettings,
  idToken: string,
  nonce: string,
  now: number,
): Promise<PersonClaims> {
  const payload = await jwtVerify(idToken, keysOf(provider), {
    issuer,
    audience: clientId,
    algorithms: ALGORITHMS,
    requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
    clockTolerance: CONFIG.oidc.clockToleranceSeconds,
    currentDate: new Date(now),
  }).then(
    (result) => result.payload,
    (error: unknown) => {
      throw isVerdict(error) ? refused(error) : unreachable(error);
    },
  );
  const claims = IdTokenClaims.safeParse(payload);
  if (!claims.success) throw refused(claims.error);
  const { aud, azp } = claims.data;
  if (claims.data.nonce !== nonce) throw refused('another nonce');
  // Other audiences may hold this token too; then it has to say that it was made for us.
  const shared = Array.isArray(aud) && aud.length > 1;
  if (azp === undefined ? shared : azp !== clientId) throw refused('another authorized party');
  return claims.data;
}

/** About the token, as against not having been able to look at the keys. */
function isVerdict(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    error.code !== errors.JWKSTimeout.code &&
    error.code !== errors.JOSEError.code
  );
}

function refused(cause: unknown): MeridianError {
  return new MeridianError('unauthorized', 'the ID token is not valid', { cause });
}
