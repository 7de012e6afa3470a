import { AUDIENCE, MeridianError, NODE_TOKEN_TYPE, NodeClaims, SIGNING_ALGORITHM } from '@meridian/protocol';
import { type CryptoKey, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { cellOfRegion, DIRECTORY_NAME } from '../fleet/names.ts';
import { log } from '../log.ts';
import { within } from '../timeout.ts';
import { verified } from './tokens.ts';

/** A node, proven, with the cell it belongs to. */
export type NodeIdentity = { node_id: string; region: string; cell: string; kid: string };
type KeysEnv = Pick<FleetEnv, 'CELLS' | 'DIRECTORY'>;
/** Both may throw. */
export type LookupGuard = { admit: () => void; wrong: () => Promise<void> };
type KnownKey = { cell: string; key: CryptoKey };

/** Nodes keep time by NTP; a clock off by more than this is a fault to be seen. Seconds. */
const CLOCK_TOLERANCE = 5;
const Header = z.object({ kid: z.string().min(1).max(64) });

/** Keys of nodes that this isolate has seen, by node and thumbprint; so a revocation holds everywhere within `cacheMs`. */
const cache = new Map<string, { known: KnownKey; until: number }>();

/**
 * Which media node calls. Throws `token_expired` or `unauthorized`. Looking a key up takes requests that leave the
 * Worker: `guard` is asked before, and told when it was for nothing.
 */
export async function verifyNodeToken(
  env: KeysEnv,
  jwt: string,
  now: number,
  guard: LookupGuard,
): Promise<NodeIdentity> {
  const { kid, claims } = unverified(jwt);
  const known = cached(claims, kid, now) ?? (await lookedUp(env, claims, kid, now, guard));
  if (!known) {
    throw new MeridianError('unauthorized', 'the node is not enrolled, or was revoked');
  }
  await verified(() =>
    jwtVerify(jwt, known.key, {
      algorithms: [SIGNING_ALGORITHM],
      audience: AUDIENCE.node,
      typ: NODE_TOKEN_TYPE,
      currentDate: new Date(now),
      clockTolerance: CLOCK_TOLERANCE,
    }),
  );
  return { node_id: claims.sub, region: claims.region, cell: known.cell, kid };
}

/** What this isolate knows of a node it knows no more. */
export function forgetNodeKeys(nodeId: string): void {
  for (const name of cache.keys()) if (name.startsWith(`${nodeId} `)) cache.delete(name);
}

/** What a token says of itself, which nobody must rely on yet. */
function unverified(jwt: string): { kid: string; claims: NodeClaims } {
  try {
    return { kid: Header.parse(decodeProtectedHeader(jwt)).kid, claims: NodeClaims.parse(decodeJwt(jwt)) };
  } catch (error) {
    throw new MeridianError('unauthorized', 'the node token is not valid', { cause: error });
  }
}

/** Everything a lookup depends on. */
function cacheKey({ sub, region }: NodeClaims, kid: string): string {
  return `${sub} ${region} ${kid}`;
}

function cached(claims: NodeClaims, kid: string, now: number): KnownKey | undefined {
  const entry = cache.get(cacheKey(claims, kid));
  return entry && entry.until > now ? entry.known : undefined;
}

async function lookedUp(
  env: KeysEnv,
  claims: NodeClaims,
  kid: string,
  now: number,
  guard: LookupGuard,
): Promise<KnownKey | undefined> {
  guard.admit();
  const known = await fetchKey(env, claims, kid);
  if (!known) {
    await guard.wrong();
    return undefined;
  }
  const name = cacheKey(claims, kid);
  cache.delete(name);
  cache.set(name, { known, until: now + CONFIG.nodeKeys.cacheMs });
  const [oldest] = cache.keys();
  if (cache.size > CONFIG.nodeKeys.maxCached && oldest !== undefined) cache.delete(oldest);
  return known;
}

async function fetchKey(env: KeysEnv, claims: NodeClaims, kid: string): Promise<KnownKey | undefined> {
  const place = await locate(env, claims);
  if (place?.region !== claims.region) return undefined;
  const { cell } = place;
  const jwk = await within(
    env.CELLS.getByName(cell).nodeKey(claims.sub, kid),
    CONFIG.nodeKeys.timeoutMs,
    'the cell',
  );
  if (!jwk) return undefined;
  const key = await importJWK({ ...jwk }, SIGNING_ALGORITHM);
  return key instanceof Uint8Array ? undefined : { cell, key };
}

/** With the directory away a node is looked for where nearly all are: in the first cell of its region. */
async function locate(
  env: KeysEnv,
  { sub, region }: NodeClaims,
): Promise<{ region: string; cell: string } | null> {
  try {
    const directory = env.DIRECTORY.getByName(DIRECTORY_NAME);
    return await within(directory.locate(sub), CONFIG.nodeKeys.timeoutMs, 'the fleet directory');
  } catch (error) {
    log('warn', 'a node is looked for without the fleet directory', { node_id: sub, error });
    return { region, cell: cellOfRegion(region) };
  }
}
