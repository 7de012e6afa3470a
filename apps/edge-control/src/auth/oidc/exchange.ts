import { MeridianError } from '@meridian/protocol';
import { z } from 'zod';
import type { Provider } from './discovery.ts';
import { ask, read } from './request.ts';
import type { OidcSettings } from './settings.ts';

const Tokens = z.object({ id_token: z.string(), access_token: z.string() });
export type Tokens = z.infer<typeof Tokens>;

/**
 * The tokens for a code (RFC 6749 §4.1.3). Throws `unauthorized` when the provider does not take the code,
 * `overloaded` when it does not answer as it should.
 */
export async function exchangeCode(
  provider: Provider,
  settings: OidcSettings,
  { code, verifier }: { code: string; verifier: string },
): Promise<Tokens> {
  const { clientId, clientSecret, redirectUri } = settings;
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const headers: Record<string, string> = { accept: 'application/json' };
  if (provider.token_endpoint_auth_methods_supported.includes('client_secret_basic')) {
    // Both halves are form-encoded first (RFC 6749 §2.3.1).
    headers.authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`;
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  const answer = await ask(provider.token_endpoint, { method: 'POST', headers, body: form });
  if (answer.status === 400 && isInvalidGrant(answer.text)) {
    throw new MeridianError('unauthorized', 'the sign-in provider does not know this code');
  }
  return read(Tokens, answer);
}

const Refusal = z.object({ error: z.literal('invalid_grant') });

function isInvalidGrant(text: string): boolean {
  try {
    return Refusal.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
