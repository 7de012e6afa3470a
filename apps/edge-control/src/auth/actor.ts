import type { Scope, TicketClaims, User } from '@meridian/protocol';

/** A person, signed in with a browser or represented by an API key. */
export type Account = { userId: string; user: User; scopes: readonly Scope[] };

/** Who makes a request, proven. */
export type Actor =
  | { kind: 'anonymous' }
  | ({ kind: 'user'; sessionId: string } & Account)
  | ({ kind: 'api_key'; keyId: string } & Account)
  /** Somebody in a meeting, for what concerns this stay alone. */
  | { kind: 'participant'; claims: TicketClaims };
