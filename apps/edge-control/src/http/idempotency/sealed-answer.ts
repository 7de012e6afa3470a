import { base64url } from 'jose';
import { z } from 'zod';
import { signingKeys } from '../../auth/keys.ts';
import type { SharedEnv } from '../../env.ts';

/** An answer as it may lie in storage: it can hold a host key, a password, tokens. */
export type SealedAnswer = {
  /** Of the deployment's key it was sealed under. */
  kid: string;
  iv: string;
  data: string;
};

const Answer = z.object({
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type Answer = z.infer<typeof Answer>;

/**
 * AES-256-GCM under a key made of the deployment's signing key and of the caller's `Idempotency-Key`, which is stored
 * nowhere: who has got hold of the storage cannot read it.
 */
export async function sealAnswer(env: SharedEnv, secret: string, answer: Answer): Promise<SealedAnswer> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(answer));
  const { signer, secrets } = await signingKeys(env);
  const key = await sealingKey(secrets.get(signer.kid), secret);
  if (!key) throw new Error('the signing key has no secret');
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain);
  return { kid: signer.kid, iv: base64url.encode(iv), data: base64url.encode(new Uint8Array(data)) };
}

/** Null when it cannot be opened: the deployment's key was dropped meanwhile. */
export async function openAnswer(
  env: SharedEnv,
  secret: string,
  { kid, iv, data }: SealedAnswer,
): Promise<Answer | null> {
  const key = await sealingKey((await signingKeys(env)).secrets.get(kid), secret);
  if (!key) return null;
  let plain: ArrayBuffer;
  try {
    plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: base64url.decode(iv) },
      key,
      base64url.decode(data),
    );
  } catch {
    return null;
  }
  return Answer.parse(JSON.parse(new TextDecoder().decode(plain)));
}

/** HKDF (RFC 5869), with what it is for as its info, so that the secret serves two ends without harm. */
async function sealingKey(deployment: Uint8Array | undefined, secret: string): Promise<CryptoKey | null> {
  if (!deployment) return null;
  const material = await crypto.subtle.importKey('raw', deployment, 'HKDF', false, ['deriveKey']);
  const text = new TextEncoder();
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: text.encode(secret),
      info: text.encode('meridian idempotent answers'),
    },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}
