import { IceServer } from '@meridian/protocol';
import { z } from 'zod';
import { ConfigurationError } from '../auth/keys.ts';
import type { ApiEnv } from '../env.ts';

const IceServers = z.array(IceServer).max(16);

let cached: { source: string; servers: IceServer[] } | undefined;

/** What participants may use to get through firewalls. */
export function iceServers(env: ApiEnv): IceServer[] {
  const source = env.ICE_SERVERS || '[]';
  if (cached?.source !== source) cached = { source, servers: parse(source) };
  return cached.servers;
}

function parse(source: string): IceServer[] {
  try {
    return IceServers.parse(JSON.parse(source));
  } catch {
    throw new ConfigurationError('ICE_SERVERS', 'expected a JSON array of {urls, username?, credential?}');
  }
}
