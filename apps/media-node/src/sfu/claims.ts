import { type MediaClaims, MeridianError } from '@meridian/protocol';

/** A media token is good only at the nodes it names. */
export function assertNames(claims: Pick<MediaClaims, 'nodes'>, nodeId: string): void {
  if (!claims.nodes.includes(nodeId)) throw new MeridianError('forbidden', 'the token is for other nodes');
}
