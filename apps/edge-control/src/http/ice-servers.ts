import { createHmac } from 'node:crypto';
import { IceServer } from '@meridian/protocol';
import { z } from 'zod';
import { ConfigurationError } from '../auth/keys.ts';
import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';

export type IceServerEnv = Pick<ApiEnv, 'ICE_SERVERS' | 'TURN_SECRET' | 'TURN_URLS'>;

const IceServers = z.array(IceServer).max(16);
const TurnUrls = z
  .array(
    z
      .string()
      .regex(/^turns?:[^\s/?]+(\?transport=(udp|tcp))?$/, 'expected turn:host:port?transport=udp|tcp'),
  )
  .max(16);

type Configured = { servers: IceServer[]; turn: { urls: string[]; secret: string } | null };

// Parsed once: the variables of an isolate do not change.
let cached: { source: string; configured: Configured } | undefined;

/**
 * What a participant may use to get through firewalls: the servers everybody has, and TURN servers with credentials
 * of the participant's own. `now` in Unix milliseconds.
 */
export function iceServers(env: IceServerEnv, participantId: string, now: number): IceServer[] {
  const source = [env.ICE_SERVERS, env.TURN_URLS, env.TURN_SECRET].join('\n');
  if (cached?.source !== source) cached = { source, configured: configuredServers(env) };
  const { servers, turn } = cached.configured;
  if (!turn) return servers;
  return [...servers, { urls: turn.urls, ...turnCredentials(turn.secret, participantId, now) }];
}

/**
 * Good at every TURN server that has the secret, until they expire; the server keeps no list of them
 * (draft-uberti-behave-turn-rest-00 §2.2, coturn's use-auth-secret).
 */
function turnCredentials(secret: string, participantId: string, now: number) {
  const expiry = Math.floor(now / 1000) + CONFIG.turn.credentialSeconds;
  const username = `${expiry}:${participantId}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}

function configuredServers(env: IceServerEnv): Configured {
  const servers = parsed('ICE_SERVERS', env.ICE_SERVERS, IceServers, '{urls, username?, credential?}');
  const urls = parsed('TURN_URLS', env.TURN_URLS, TurnUrls, 'turn:host:port?transport=udp|tcp');
  if (urls.length === 0) return { servers, turn: null };
  if (!env.TURN_SECRET) throw new ConfigurationError('TURN_SECRET', 'needed beside TURN_URLS');
  return { servers, turn: { urls, secret: env.TURN_SECRET } };
}

function parsed<T>(name: string, source: string | undefined, schema: z.ZodType<T[]>, expected: string): T[] {
  try {
    return schema.parse(JSON.parse(source || '[]'));
  } catch {
    throw new ConfigurationError(name, `expected a JSON array of ${expected}`);
  }
}
