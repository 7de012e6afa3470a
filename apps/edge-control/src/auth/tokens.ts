import {
  AUDIENCE,
  type MediaClaims,
  MeridianError,
  type RelayClaims,
  SessionClaims,
  SIGNING_ALGORITHM,
  SignInClaims,
  TicketClaims,
  TOKEN_LIFE,
} from '@meridian/protocol';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { z } from 'zod';
import type { SharedEnv } from '../env.ts';
import { signingKeys } from './keys.ts';

/**
 * Explicit types in the header (RFC 8725 §3.11), besides the audience: a token of one kind is never taken
 * for another.
 */
const TYP = {
  ticket: 'ticket+jwt',
  media: 'media+jwt',
  relay: 'relay+jwt',
  session: 'session+jwt',
  signIn: 'sign-in+jwt',
} as const;
type Kind = keyof typeof TYP;

/** `now` in all of these is Unix time in milliseconds. */

export function signTicket(
  env: SharedEnv,
  claims: Omit<TicketClaims, 'aud' | 'exp'>,
  now: number,
): Promise<string> {
  return sign(env, 'ticket', claims, now);
}

export function signMediaToken(
  env: SharedEnv,
  claims: Omit<MediaClaims, 'aud' | 'exp'>,
  now: number,
): Promise<string> {
  return sign(env, 'media', claims, now);
}

export function signRelayGrant(
  env: SharedEnv,
  claims: Omit<RelayClaims, 'aud' | 'exp'>,
  now: number,
): Promise<string> {
  return sign(env, 'relay', claims, now);
}

/** The value of the cookie of a signed-in browser. */
export function signSession(
  env: SharedEnv,
  claims: Omit<SessionClaims, 'aud' | 'iat' | 'exp'>,
  now: number,
): Promise<string> {
  return sign(env, 'session', claims, now);
}

/** The value of the cookie of a browser that is away to sign in. */
export function signSignIn(
  env: SharedEnv,
  claims: Omit<SignInClaims, 'aud' | 'exp'>,
  now: number,
): Promise<string> {
  return sign(env, 'signIn', claims, now);
}

async function sign(env: SharedEnv, kind: Kind, claims: JWTPayload, now: number): Promise<string> {
  const { signer } = await signingKeys(env);
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ ...claims, aud: AUDIENCE[kind], iat: issuedAt, exp: issuedAt + TOKEN_LIFE[kind] })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: signer.kid, typ: TYP[kind] })
    .setIssuer(env.PUBLIC_ORIGIN)
    .sign(signer.key);
}

/** Who holds this ticket. Throws `token_expired` or `unauthorized`. */
export function verifyTicket(env: SharedEnv, jwt: string, now: number): Promise<TicketClaims> {
  return verifyOwn(env, 'ticket', TicketClaims, jwt, now);
}

/** Who is signed in, as far as a signature can tell: not whether that was revoked. Throws like `verifyTicket`. */
export function verifySession(env: SharedEnv, jwt: string, now: number): Promise<SessionClaims> {
  return verifyOwn(env, 'session', SessionClaims, jwt, now);
}

/** What a browser left with to sign in. Throws like `verifyTicket`. */
export function verifySignIn(env: SharedEnv, jwt: string, now: number): Promise<SignInClaims> {
  return verifyOwn(env, 'signIn', SignInClaims, jwt, now);
}

async function verifyOwn<S extends z.ZodType>(
  env: SharedEnv,
  kind: Kind,
  schema: S,
  jwt: string,
  now: number,
): Promise<z.output<S>> {
  const { verifiers } = await signingKeys(env);
  const payload = await verified(() =>
    jwtVerify(
      jwt,
      ({ kid }) => {
        const key = kid === undefined ? undefined : verifiers.get(kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: [SIGNING_ALGORITHM],
        audience: AUDIENCE[kind],
        issuer: env.PUBLIC_ORIGIN,
        typ: TYP[kind],
        currentDate: new Date(now),
      },
    ),
  );
  const claims = schema.safeParse(payload);
  if (!claims.success) throw new MeridianError('unauthorized', 'the token is not valid');
  return claims.data;
}

/** The payload, or why the token is refused: `token_expired` or `unauthorized`. */
export async function verified(verify: () => Promise<{ payload: JWTPayload }>): Promise<JWTPayload> {
  try {
    return (await verify()).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new MeridianError('token_expired', 'the token has expired', { cause: error });
    }
    throw new MeridianError('unauthorized', 'the token is not valid', { cause: error });
  }
}
