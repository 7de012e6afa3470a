import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { newSigningKey } from '../keys/signing-key.ts';

/** What a stack on this machine signs and authenticates with. Made here, good nowhere else. */
const Secrets = z.object({
  /** Private ES256 JWKs: the first signs, all verify. */
  signingKeys: z.array(z.record(z.string(), z.unknown())).min(1),
  fleetSecret: z.string().min(32),
  databasePassword: z.string().min(16),
});

export type DevelopmentSecrets = z.infer<typeof Secrets>;

/** Kept over restarts, so that tokens and the database outlive them. */
export function developmentSecrets(dataDir: string): DevelopmentSecrets {
  const file = path.join(dataDir, 'dev-secrets.json');
  if (existsSync(file)) return Secrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  const secrets: DevelopmentSecrets = {
    signingKeys: [newSigningKey()],
    fleetSecret: randomBytes(32).toString('base64url'),
    databasePassword: randomBytes(24).toString('base64url'),
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}
