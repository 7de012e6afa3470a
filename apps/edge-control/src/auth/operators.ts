import type { OidcEnv } from '../env.ts';

/** What an OpenID provider says of a person that can make an operator of them. */
export type Identity = {
  issuer: string;
  subject: string;
  email?: string | undefined;
  email_verified: boolean;
};

/**
 * Whether OPERATORS names this person: by an e-mail address that the provider has verified, or by subject.
 * Asked with every request, so that a changed list holds at once.
 */
export function isOperator(env: OidcEnv, { issuer, subject, email, email_verified }: Identity): boolean {
  // A subject is unique within its issuer only.
  if (!env.OPERATORS || issuer !== env.OIDC_ISSUER) return false;
  const address = email_verified ? email?.toLowerCase() : undefined;
  return env.OPERATORS.split(',')
    .map((entry) => entry.trim())
    .some((entry) => {
      // An address is meant as one, also where somebody can choose their subject.
      if (entry.includes('@')) return entry.toLowerCase() === address;
      return entry !== '' && entry === subject;
    });
}
