import { MeridianError } from '@meridian/protocol';
import { PersonClaims } from './claims.ts';
import { ask, read } from './request.ts';

/**
 * What an ID token left out. Many providers put name and address in there (Google, Entra, Keycloak), others only
 * here (OpenID Connect Core §5.4).
 */
export async function withUserInfo(
  claims: PersonClaims,
  endpoint: string | undefined,
  accessToken: string,
): Promise<PersonClaims> {
  if (endpoint === undefined || (claims.name !== undefined && claims.email !== undefined)) return claims;
  const headers = { accept: 'application/json', authorization: `Bearer ${accessToken}` };
  const info = read(PersonClaims, await ask(endpoint, { headers }));
  // Or one person's access token would name another (§5.3.2).
  if (info.sub !== claims.sub) {
    throw new MeridianError('unauthorized', 'the sign-in provider speaks of somebody else');
  }
  return { ...info, ...stated(claims) };
}

/** What is signed counts first. An address and whether it is verified belong together. */
function stated({ sub, name, preferred_username, email, email_verified, picture }: PersonClaims) {
  return {
    sub,
    ...(name === undefined ? {} : { name }),
    ...(preferred_username === undefined ? {} : { preferred_username }),
    ...(email === undefined ? {} : { email, email_verified }),
    ...(picture === undefined ? {} : { picture }),
  };
}
