import {
  AUDIENCE,
  NODE_TOKEN_TYPE,
  type NodeClaims,
  SIGNING_ALGORITHM,
  TOKEN_LIFE,
} from '@meridian/protocol';
import { type CryptoKey, importJWK, SignJWT } from 'jose';
import type { NodeKey } from './node-key.ts';

/** Who the node is, and its proof of it. */
export class NodeIdentity {
  readonly nodeId: string;
  readonly region: string;
  readonly #kid: string;
  readonly #key: CryptoKey | Uint8Array;

  static async of({ node_id, region, kid, private_key }: NodeKey): Promise<NodeIdentity> {
    return new NodeIdentity(node_id, region, kid, await importJWK({ ...private_key }, SIGNING_ALGORITHM));
  }

  private constructor(nodeId: string, region: string, kid: string, key: CryptoKey | Uint8Array) {
    this.nodeId = nodeId;
    this.region = region;
    this.#kid = kid;
    this.#key = key;
  }

  /** For one dial to a cell or a room. `now` in epoch milliseconds. */
  token(now = Date.now()): Promise<string> {
    const claims: NodeClaims = {
      aud: AUDIENCE.node,
      sub: this.nodeId,
      region: this.region,
      exp: Math.floor(now / 1000) + TOKEN_LIFE.node,
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: NODE_TOKEN_TYPE, kid: this.#kid })
      .sign(this.#key);
  }
}
