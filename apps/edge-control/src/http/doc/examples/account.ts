import type {
  ApiKeyList,
  AuthSession,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  Me,
  User,
} from '@meridian/protocol';

/** Somebody with an account, and their key. */

const USER: User = {
  id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  name: 'Ann Fisher',
  email: 'ann@example.org',
};

const API_KEY = {
  id: '0b6f4c1d-2a39-4e58-b7c6-9d8e1f203a4b',
  name: 'Timetable import',
  prefix: 'mk_7q2x9d',
  scopes: ['meetings:read', 'meetings:write'],
  created_at: '2027-02-20T14:00:00.000Z',
  last_used_at: null,
  expires_at: null,
} satisfies ApiKeyList['items'][number];

export const ACCOUNT_EXAMPLES = {
  AuthSession: {
    sign_in_available: true,
    user: USER,
    scopes: [
      'meetings:read',
      'meetings:write',
      'recordings:read',
      'recordings:write',
      'webhooks',
      'api_keys',
    ],
  } satisfies AuthSession,
  Me: { user: USER, via: 'api_key', scopes: ['meetings:read', 'meetings:write'] } satisfies Me,
  CreateApiKeyRequest: {
    name: API_KEY.name,
    scopes: ['meetings:read', 'meetings:write'],
  } satisfies CreateApiKeyRequest,
  CreateApiKeyResponse: {
    ...API_KEY,
    key: 'mk_7q2x9d4k0v8m3n5p1r6s2t7w9y4z8a3b5c1d6e2f',
  } satisfies CreateApiKeyResponse,
  ApiKeyList: { items: [API_KEY] } satisfies ApiKeyList,
} as const;
