import { AUDIENCE, MediaClaims, MeridianError, RelayClaims, SIGNING_ALGORITHM } from '@meridian/protocol';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwksCache,
  jwtVerify,
} from 'jose';
import type { z } from 'zod';
import { TOKENS } from '../config.ts';
import type { KeyStore } from './key-store.ts';

/** Checks what the edge has signed, against the keys it publishes. */
export class TokenVerifier {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  readonly #store: KeyStore;

  constructor(controlUrl: string, store: KeyStore) {
    this.#store = store;
    this.#remote = createRemoteJWKSet(new URL('/.well-known/jwks.json', controlUrl), {
      timeoutDuration: TOKENS.jwksTimeout,
      cooldownDuration: TOKENS.jwksCooldown,
      cacheMaxAge: TOKENS.jwksMaxAge,
      [jwksCache]: store.cache,
    });
  }

  /** Fetches the keys ahead of the first client. Failing is no matter: they are fetched again when needed. */
  async warmUp(): Promise<void> {
    await this.#remote.reload().catch(() => {});
    await this.#store.save();
  }

  media(token: string): Promise<MediaClaims> {
    return this.#verify(token, AUDIENCE.media, MediaClaims);
  }

  relay(token: string): Promise<RelayClaims> {
    return this.#verify(token, AUDIENCE.relay, RelayClaims);
  }

  async #verify<T>(token: string, audience: string, claims: z.ZodType<T>): Promise<T> {
    const payload = await this.#payload(token, audience);
    const parsed = claims.safeParse(payload);
    if (!parsed.success) throw new MeridianError('unauthorized', 'the token lacks claims');
    return parsed.data;
  }

  async #payload(token: string, audience: string): Promise<JWTPayload> {
    try {
      const payload = await this.#check(token, audience, this.#remote);
      void this.#store.save();
      return payload;
    } catch (error) {
      if (!isKeyFetchFailure(error)) throw rejection(error);
      // The edge cannot be reached. Keys it published before are still good for the tokens it minted.
      // Also from before this process, however old: jose itself looks at no keys that are past their age.
      const known = this.#remote.jwks() ?? this.#store.cache.jwks;
      if (known === undefined) throw unreachable(error);
      try {
        return await this.#check(token, audience, createLocalJWKSet(known));
      } catch (stale) {
        throw stale instanceof errors.JWKSNoMatchingKey ? unreachable(stale) : rejection(stale);
      }
    }
  }

  async #check(token: string, audience: string, key: JWTVerifyGetKey): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, key, {
      audience,
      algorithms: [SIGNING_ALGORITHM],
      clockTolerance: TOKENS.clockTolerance,
      requiredClaims: ['exp'],
    });
    return payload;
  }
}

/** Failures that speak of the token; everything else is a matter of reaching the edge. */
function isKeyFetchFailure(error: unknown): boolean {
  return (
    !(error instanceof errors.JOSEError) ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    // jose throws its base class for a response that is not 200.
    error.code === 'ERR_JOSE_GENERIC'
  );
}

function unreachable(cause: unknown): MeridianError {
  return new MeridianError('overloaded', 'signing keys cannot be fetched', { retryAfterMs: 1_000, cause });
}

function rejection(cause: unknown): MeridianError {
  return cause instanceof errors.JWTExpired
    ? new MeridianError('token_expired', 'the token has expired', { cause })
    : new MeridianError('unauthorized', 'the token is not valid here', { cause });
}
