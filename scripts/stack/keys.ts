import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { newSigningKey } from '../keys/signing-key.ts';

/** What a stack on this machine signs and authenticates with. Made here, good nowhere else. */
const Secrets = z.object({
  /** Private ES256 JWKs: the first signs, all verify. */
  signingKeys: z.array(z.record(z.string(), z.unknown())).min(1),
  /** API key of whoever operates the fleet of this stack. */
  operatorKey: z.string(),
  databasePassword: z.string().min(16),
});

export type DevelopmentSecrets = z.infer<typeof Secrets>;

/** Kept over restarts, so that tokens and the database outlive them. */
export function developmentSecrets(dataDir: string): DevelopmentSecrets {
  const file = path.join(dataDir, 'dev-secrets.json');
  const known = existsSync(file) ? Secrets.partial().parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  const complete = Secrets.safeParse(known);
  if (complete.success) return complete.data;
  const secrets: DevelopmentSecrets = {
    signingKeys: [newSigningKey()],
    operatorKey: `mk_${randomBytes(20).toString('hex')}`,
    databasePassword: randomBytes(24).toString('base64url'),
    ...known,
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}
