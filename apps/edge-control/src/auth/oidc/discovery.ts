import { z } from 'zod';
import { CONFIG } from '../../config.ts';
import { log } from '../../log.ts';
import { ask, read, unreachable } from './request.ts';
import { isSecure } from './settings.ts';

const Endpoint = z.string().refine(isSecure, 'expected an https URL');

/** The provider's metadata (OpenID Connect Discovery §3), as much of it as we use. */
const Provider = z.object({
  issuer: z.string(),
  authorization_endpoint: Endpoint,
  token_endpoint: Endpoint,
  userinfo_endpoint: Endpoint.optional(),
  jwks_uri: Endpoint,
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
});
export type Provider = z.infer<typeof Provider>;

// A value and no promise: requests of an isolate must not wait for each other's.
let current: { provider: Provider; fetchedAt: number } | undefined;

/** Throws `overloaded` when the provider does not answer and no document of it is at hand. */
export async function discover(issuer: string, now: number): Promise<Provider> {
  const known = current?.provider.issuer === issuer ? current : undefined;
  const age = known ? now - known.fetchedAt : Number.POSITIVE_INFINITY;
  if (known && age < CONFIG.oidc.discoveryMs) return known.provider;
  try {
    const provider = await fetchProvider(issuer);
    current = { provider, fetchedAt: now };
    return provider;
  } catch (error) {
    if (!known || age > CONFIG.oidc.staleDiscoveryMs) throw error;
    log('warn', 'the sign-in provider does not answer', { error, age_ms: age });
    return known.provider;
  }
}

async function fetchProvider(issuer: string): Promise<Provider> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const provider = read(Provider, await ask(url, { headers: { accept: 'application/json' } }));
  // Or one provider could speak for another (OpenID Connect Discovery §4.3).
  if (provider.issuer !== issuer) throw unreachable(new Error(`the issuer calls itself ${provider.issuer}`));
  return provider;
}
