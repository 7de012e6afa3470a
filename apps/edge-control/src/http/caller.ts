import { callerAddress } from './address.ts';
import type { AppContext } from './context.ts';

/** Whom to count and remember requests under: who they are, or where they come from when nobody knows. */
export function callerKey(c: AppContext): string {
  const actor = c.get('actor');
  switch (actor.kind) {
    case 'user':
      return `user:${actor.userId}`;
    case 'api_key':
      return `key:${actor.keyId}`;
    case 'participant':
      return `participant:${actor.claims.sub}`;
    case 'anonymous':
      return `address:${callerAddress(c)}`;
  }
}
