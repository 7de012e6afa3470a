import { type SessionClaims, scopesOf, type User } from '@meridian/protocol';
import type { OidcEnv } from '../env.ts';
import type { Account } from './actor.ts';
import { isOperator } from './operators.ts';

/** Who a session belongs to. */
export function accountOf(env: OidcEnv, claims: SessionClaims): Account {
  return {
    userId: claims.sub,
    user: userOf(claims.sub, claims),
    scopes: scopesOf({ operator: isOperator(env, claims) }),
  };
}

type Profile = { name: string; email?: string | undefined; avatar_url?: string | undefined };

export function userOf(id: string, { name, email, avatar_url }: Profile): User {
  return {
    id,
    name,
    ...(email === undefined ? {} : { email }),
    ...(avatar_url === undefined ? {} : { avatar_url }),
  };
}
