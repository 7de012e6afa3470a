import { SIGNING_ALGORITHM } from '@meridian/protocol';
import { base64url, type CryptoKey, importJWK } from 'jose';
import { z } from 'zod';
import type { SharedEnv } from '../env.ts';

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected 32 bytes in base64url');

const PrivateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
  d: coordinate,
  kid: z.string().min(1).max(128),
});
const SigningKeySet = z
  .array(PrivateJwk)
  .min(1)
  .max(8)
  .refine((keys) => new Set(keys.map((key) => key.kid)).size === keys.length, 'two keys with the same kid');

export type PublicJwk = Pick<z.infer<typeof PrivateJwk>, 'kty' | 'crv' | 'x' | 'y' | 'kid'>;

export type SigningKeys = {
  signer: { kid: string; key: CryptoKey };
  verifiers: ReadonlyMap<string, CryptoKey>;
  publicKeys: readonly PublicJwk[];
  /** The private halves as bytes, of which keys for other ends are derived. */
  secrets: ReadonlyMap<string, Uint8Array>;
};

/** A secret of the deployment that is missing or malformed. Names the variable, never its value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(variable: string, problem: string) {
    super(`${variable}: ${problem}`);
  }
}

// Importing keys costs more than signing with them, and the variables of an isolate do not change.
let cachedKeys: { source: string; keys: Promise<SigningKeys> } | undefined;

export function signingKeys(env: SharedEnv): Promise<SigningKeys> {
  if (cachedKeys?.source !== env.SIGNING_KEYS) {
    cachedKeys = { source: env.SIGNING_KEYS, keys: importSigningKeys(env.SIGNING_KEYS) };
  }
  return cachedKeys.keys;
}

async function importSigningKeys(source: string): Promise<SigningKeys> {
  const jwks = parseSigningKeys(source);
  const verifiers = new Map<string, CryptoKey>();
  for (const { kty, crv, x, y, kid } of jwks) {
    verifiers.set(kid, await imported({ kty, crv, x, y }, kid));
  }
  const [first] = jwks;
  if (!first) throw new ConfigurationError('SIGNING_KEYS', 'no key');
  return {
    signer: { kid: first.kid, key: await imported(first, first.kid) },
    verifiers,
    publicKeys: jwks.map(({ kty, crv, x, y, kid }) => ({ kty, crv, x, y, kid })),
    secrets: new Map(jwks.map(({ kid, d }) => [kid, base64url.decode(d)])),
  };
}

function parseSigningKeys(source: string): z.infer<typeof SigningKeySet> {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch {
    throw new ConfigurationError('SIGNING_KEYS', 'expected a JSON array of private ES256 JWKs');
  }
  const parsed = SigningKeySet.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ConfigurationError(
    'SIGNING_KEYS',
    `${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'invalid'}`,
  );
}

async function imported(jwk: Record<string, string>, kid: string): Promise<CryptoKey> {
  let key: CryptoKey | Uint8Array;
  try {
    key = await importJWK(jwk, SIGNING_ALGORITHM);
  } catch {
    throw new ConfigurationError('SIGNING_KEYS', `key ${kid} is not a point of P-256`);
  }
  if (key instanceof Uint8Array) throw new ConfigurationError('SIGNING_KEYS', `key ${kid} is symmetric`);
  return key;
}
