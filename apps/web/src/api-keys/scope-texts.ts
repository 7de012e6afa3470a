import type { Scope } from '@meridian/protocol';

/** What a scope lets a program do, in words. */
export const SCOPE_TEXTS: Record<Scope, string> = {
  'meetings:read': 'Read your meetings',
  'meetings:write': 'Create, change and delete meetings',
  'recordings:read': 'Read and download recordings',
  'recordings:write': 'Delete recordings',
  webhooks: 'Manage webhooks',
  'fleet:read': 'See regions and media nodes',
  'fleet:write': 'Drain media nodes',
  api_keys: 'Make and revoke API keys',
};
