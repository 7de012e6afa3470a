import type { Role } from '@meridian/protocol';

const NAMES: Record<Role, string | null> = { host: 'Host', co_host: 'Co-host', participant: null };

/** What a role is called; null for those who have no special one. */
export function roleName(role: Role): string | null {
  return NAMES[role];
}
