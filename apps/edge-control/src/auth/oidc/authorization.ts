import { base64url } from 'jose';
import type { Provider } from './discovery.ts';
import type { OidcSettings } from './settings.ts';

/** 256 bits each: RFC 7636 §4.1 wants at least that of a verifier. */
const SECRET_BYTES = 32;

export type Secrets = { state: string; nonce: string; verifier: string };

export function newSecrets(random: (bytes: Uint8Array) => Uint8Array): Secrets {
  const secret = () => base64url.encode(random(new Uint8Array(SECRET_BYTES)));
  return { state: secret(), nonce: secret(), verifier: secret() };
}

/** Where the browser goes to sign in: authorization code with PKCE (RFC 6749 §4.1.1, RFC 7636). */
export async function authorizationUrl(
  provider: Provider,
  { clientId, redirectUri }: OidcSettings,
  { state, nonce, verifier }: Secrets,
): Promise<string> {
  const url = new URL(provider.authorization_endpoint);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    state,
    nonce,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url.encode(new Uint8Array(digest));
}
