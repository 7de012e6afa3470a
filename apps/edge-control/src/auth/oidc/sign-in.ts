import { MeridianError, type SignInCallbackQuery } from '@meridian/protocol';
import type { z } from 'zod';
import type { ApiEnv } from '../../env.ts';
import type { SignedIn } from '../../storage/users.ts';
import { signSignIn, verifySignIn } from '../tokens.ts';
import { authorizationUrl, newSecrets } from './authorization.ts';
import { personOf } from './claims.ts';
import { discover } from './discovery.ts';
import { exchangeCode } from './exchange.ts';
import { verifyIdToken } from './id-token.ts';
import type { OidcSettings } from './settings.ts';
import { withUserInfo } from './user-info.ts';

/** Where to send the browser, and the cookie it has to come back with. `now` is Unix time in milliseconds. */
export async function beginSignIn(
  env: ApiEnv,
  settings: OidcSettings,
  returnTo: string,
  random: (bytes: Uint8Array) => Uint8Array,
  now: number,
): Promise<{ url: string; cookie: string }> {
  const provider = await discover(settings.issuer, now);
  const secrets = newSecrets(random);
  return {
    url: await authorizationUrl(provider, settings, secrets),
    cookie: await signSignIn(env, { ...secrets, return_to: returnTo }, now),
  };
}

/**
 * Who has come back from the provider, and where to they want to go. Throws `unauthorized` when anything about the
 * answer is not as it should be, `overloaded` when the provider does not answer.
 */
export async function finishSignIn(
  env: ApiEnv,
  settings: OidcSettings,
  cookie: string | undefined,
  { state, code, error, iss }: z.output<typeof SignInCallbackQuery>,
  now: number,
): Promise<{ person: SignedIn; returnTo: string }> {
  if (cookie === undefined) throw refused('signing in was not begun in this browser, or took too long');
  const begun = await verifySignIn(env, cookie, now);
  if (state !== begun.state) throw refused('the answer belongs to another sign-in');
  // A mix-up of providers (RFC 9207); those that do not support it leave it out.
  if (iss !== undefined && iss !== settings.issuer) throw refused('the answer comes from another provider');
  if (error !== undefined || code === undefined) throw refused('the provider did not sign this person in');
  const provider = await discover(settings.issuer, now);
  const tokens = await exchangeCode(provider, settings, { code, verifier: begun.verifier });
  const claims = await verifyIdToken(provider, settings, tokens.id_token, begun.nonce, now);
  const person = await withUserInfo(claims, provider.userinfo_endpoint, tokens.access_token);
  return { person: personOf(settings.issuer, person), returnTo: begun.return_to };
}

function refused(message: string): MeridianError {
  return new MeridianError('unauthorized', message);
}
