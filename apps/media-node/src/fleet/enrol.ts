import { EnrolledNode, type EnrolRequest, MeridianError, NodePublicKey, Problem } from '@meridian/protocol';
import { exportJWK, generateKeyPair } from 'jose';
import { ENROLMENT } from '../config.ts';
import { hashOfSecret, NodeKey } from './node-key.ts';

export type Enrolment = {
  /** Origin of the edge. */
  controlUrl: string;
  nodeId: string;
  region: string;
  /** From an operator, good once. */
  secret: string;
};

/** A key pair of this machine's own. The private half leaves it never. */
export async function newKeyPair(): Promise<NodeKey['private_key']> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return NodeKey.shape.private_key.parse(await exportJWK(privateKey));
}

/**
 * Makes the public half known. Throws a MeridianError with what the platform says against it; anything else that is
 * thrown may be different the next time. The same pair may be sent again.
 */
export async function enrol(enrolment: Enrolment, private_key: NodeKey['private_key']): Promise<NodeKey> {
  const { controlUrl, nodeId, region, secret } = enrolment;
  const { d: _, ...publicHalf } = private_key;
  const body: EnrolRequest = {
    node_id: nodeId,
    region,
    secret,
    public_key: NodePublicKey.parse(publicHalf),
  };
  const response = await fetch(new URL('/api/v1/fleet/enrol', controlUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ENROLMENT.timeout),
  });
  if (!response.ok) {
    const { code, detail } = Problem.parse(await response.json());
    throw new MeridianError(code, detail ?? code);
  }
  const { kid } = EnrolledNode.parse(await response.json());
  return { node_id: nodeId, region, kid, private_key, enrolled_with: hashOfSecret(secret) };
}
