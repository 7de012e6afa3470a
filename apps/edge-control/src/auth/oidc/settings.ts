import type { OidcEnv, SharedEnv } from '../../env.ts';
import { ConfigurationError } from '../keys.ts';

/** Where people sign in, and as whom we are known there. */
export type OidcSettings = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
};

/** Null where nobody can sign in: none of the variables is set. */
export function oidcSettings(env: OidcEnv & SharedEnv): OidcSettings | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = env;
  if (!issuer && !clientId && !clientSecret) return null;
  if (!issuer || !isSecure(issuer)) throw new ConfigurationError('OIDC_ISSUER', 'expected an https URL');
  if (!clientId) throw new ConfigurationError('OIDC_CLIENT_ID', 'missing beside OIDC_ISSUER');
  if (!clientSecret) throw new ConfigurationError('OIDC_CLIENT_SECRET', 'missing beside OIDC_ISSUER');
  const redirectUri = new URL('/api/v1/auth/callback', env.PUBLIC_ORIGIN).href;
  return { issuer, clientId, clientSecret, redirectUri };
}

/** https, or a provider on this very machine. */
export function isSecure(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname));
}
