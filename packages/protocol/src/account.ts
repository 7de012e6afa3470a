import { z } from 'zod';
import { LIMITS } from './limits.ts';

/** Who uses the REST API, and what for: signed-in people, and API keys that act for them. */

export const UserId = z.uuid();
export type UserId = z.infer<typeof UserId>;

/** What an API key may do. A key never has a scope that its owner lacks. */
export const Scope = z.enum([
  'meetings:read',
  'meetings:write',
  'recordings:read',
  'recordings:write',
  'webhooks',
  'fleet:read',
  'fleet:write',
  'api_keys',
]);
export type Scope = z.infer<typeof Scope>;

/** What only operators of the platform may do. Everything else every user may do with what is theirs. */
const OPERATOR_SCOPES: readonly Scope[] = ['fleet:read', 'fleet:write'];

/** Everything a person may do. */
export function scopesOf({ operator }: { operator: boolean }): Scope[] {
  return operator ? [...Scope.options] : Scope.options.filter((scope) => !OPERATOR_SCOPES.includes(scope));
}

const IsoTime = z.iso.datetime({ offset: true });

export const User = z.object({
  id: UserId,
  name: z.string(),
  /** As the OpenID provider told it. Absent when it told none. */
  email: z.string().optional(),
  avatar_url: z.string().optional(),
});
export type User = z.infer<typeof User>;

/** `GET /me` */
export const Me = z.object({
  user: User,
  /** How the caller proved it: by the cookie of a signed-in browser, or by an API key. */
  via: z.enum(['session', 'api_key']),
  scopes: z.array(Scope),
});
export type Me = z.infer<typeof Me>;

/** `GET /auth/session`: what a page shows in its corner. Answers everybody. */
export const AuthSession = z.object({
  /** False where no OpenID provider is configured: there is nothing to offer then. */
  sign_in_available: z.boolean(),
  user: User.nullable(),
  scopes: z.array(Scope),
});
export type AuthSession = z.infer<typeof AuthSession>;

/**
 * A path of this origin, where a browser may be sent after it has signed in. Browsers take `//host` and `/\host`
 * for another host, and drop tabs and line breaks before they look.
 */
export const ReturnTo = z
  .string()
  .max(LIMITS.returnTo)
  .regex(/^\/(?![/\\])[^\p{Cc}\\]*$/u, 'expected a path of this site');

/** `GET /auth/sign-in` */
export const SignInQuery = z.object({ return_to: ReturnTo.default('/') });

/** `GET /auth/callback`, as the provider calls it (RFC 6749 §4.1.2, RFC 9207). */
export const SignInCallbackQuery = z.object({
  state: z.string().max(LIMITS.callbackParameter).optional(),
  code: z.string().max(LIMITS.callbackParameter).optional(),
  error: z.string().max(LIMITS.callbackParameter).optional(),
  iss: z.string().max(LIMITS.callbackParameter).optional(),
});

export const ApiKeyId = z.uuid();

export const ApiKey = z.object({
  id: ApiKeyId,
  name: z.string(),
  /** The first characters of the key, to tell one's keys apart. */
  prefix: z.string(),
  scopes: z.array(Scope),
  created_at: IsoTime,
  /** Exact to a minute. */
  last_used_at: IsoTime.nullable(),
  expires_at: IsoTime.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** `POST /api-keys` */
export const CreateApiKeyRequest = z.strictObject({
  name: z.string().trim().min(1).max(LIMITS.apiKeyName),
  scopes: z
    .array(Scope)
    .min(1)
    .max(Scope.options.length)
    .refine((scopes) => new Set(scopes).size === scopes.length, 'names a scope twice'),
  /** Without it the key is good until it is revoked. */
  expires_at: IsoTime.optional(),
});
export type CreateApiKeyRequest = z.infer<typeof CreateApiKeyRequest>;

export const CreateApiKeyResponse = ApiKey.extend({
  /** The bearer token. Shown this once. */
  key: z.string(),
});
export type CreateApiKeyResponse = z.infer<typeof CreateApiKeyResponse>;

/** `GET /api-keys`: all of one's keys that are not revoked, newest first. A user has at most `LIMITS.apiKeys`. */
export const ApiKeyList = z.object({ items: z.array(ApiKey).max(LIMITS.apiKeys) });
export type ApiKeyList = z.infer<typeof ApiKeyList>;
