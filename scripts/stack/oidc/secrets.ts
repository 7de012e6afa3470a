import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** What the development provider signs with, and what our Workers prove themselves to it with. */
const Secrets = z.object({
  clientSecret: z.string().min(32),
  cookieKey: z.string().min(32),
  /** A private JWK. RSA, as that is what nearly all providers sign with. */
  signingKey: z.looseObject({ kty: z.literal('RSA'), kid: z.string() }),
});

export type OidcSecrets = z.infer<typeof Secrets>;

/** Kept over restarts, so that a sign-in that is under way outlives them. */
export function oidcSecrets(dataDir: string): OidcSecrets {
  const file = path.join(dataDir, 'oidc-secrets.json');
  if (existsSync(file)) return Secrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  // The thumbprint of RFC 7638: its members in this order, without spaces.
  const { e, kty, n } = jwk;
  const kid = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
  const secrets = Secrets.parse({
    clientSecret: randomBytes(32).toString('base64url'),
    cookieKey: randomBytes(32).toString('base64url'),
    signingKey: { ...jwk, alg: 'RS256', use: 'sig', kid },
  });
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}
